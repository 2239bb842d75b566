// Official ONNX backend cases: every one that ONNX Runtime itself passes must pass through `openModel` too. They are not
// part of the repository; FASTGPU_ONNX_CASES names the folder that holds them.
import { runOnnxCases, type ModelOpener } from "@fastgpu/conformance";
import type { ModelDType, ModelTensor } from "@fastgpu/core";
import { InferenceSession, Tensor, type OnnxValue } from "onnxruntime-node";
import { expect, it } from "vitest";
import backend from "../src/index.ts";
import { runtimeTypeOf } from "../src/model/element-type.ts";

const folder = process.env["FASTGPU_ONNX_CASES"];

/** ONNX Runtime alone, without anything of this package between it and the cases. */
const plainRuntime: ModelOpener = {
  openModel: async (path) => {
    const session = await InferenceSession.create(path, {
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const port = ({ name, ...of }: InferenceSession.ValueMetadata) => ({
      name,
      dtype: dtypeOf(of.isTensor ? of.type : "none"),
      ...(of.isTensor ? { shape: of.shape } : {}),
    });
    return {
      inputs: session.inputMetadata.map(port),
      outputs: session.outputMetadata.map(port),
      run: async (inputs) => {
        const feeds = Object.entries(inputs).map(([name, { dtype, shape, data }]) => [
          name,
          new Tensor(runtimeTypeOf[dtype] as "float32", data as Float32Array, shape),
        ]);
        const results = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
        return Object.fromEntries(
          Object.entries(results).map(([name, value]) => [name, modelTensorOf(value)]),
        );
      },
      sync: () => Promise.resolve(),
      dispose: () => session.release(),
    };
  },
};

function dtypeOf(type: string): ModelDType {
  const found = Object.entries(runtimeTypeOf).find(([, name]) => name === type);
  if (found === undefined) throw new TypeError(`type must be known, got ${type}`);
  return found[0] as ModelDType;
}

function modelTensorOf({ type, dims, data }: OnnxValue): ModelTensor {
  return { dtype: dtypeOf(type), shape: dims, data: data };
}

if (folder === undefined) {
  console.info("skipped: official ONNX cases: FASTGPU_ONNX_CASES does not name their folder");
}

it.skipIf(folder === undefined)(
  "passes every official case that ONNX Runtime passes",
  { timeout: 300_000 },
  async () => {
    const [cpu] = await backend.devices();
    const device = await backend.open(cpu!, { threads: 1 });
    const ours = await runOnnxCases(device, folder!);
    await device.dispose();
    const plain = await runOnnxCases(plainRuntime, folder!);
    console.info(
      `official ONNX cases: ${ours.cases.length}; passed by backend-onnx: ${ours.passed}, by ONNX Runtime alone: ${plain.passed}`,
    );
    const passedAlone = new Set(
      plain.cases.filter(({ status }) => status === "passed").map(({ name }) => name),
    );
    expect(
      ours.cases.filter(({ name, status }) => status !== "passed" && passedAlone.has(name)),
    ).toEqual([]);
    expect(ours.passed).toBeGreaterThanOrEqual(plain.passed);
    expect(ours.passed).toBeGreaterThan(0);
  },
);
