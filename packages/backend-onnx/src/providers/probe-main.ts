// Entry of a short-lived child process: opens one execution provider and computes one product on it. Loading a provider
// may crash the process natively, so the backend's own process never probes. Prints "ok" or one line that says why not.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelWriter } from "../model/model-writer.ts";

const [name = "", deviceId = "0"] = process.argv.slice(2);
const type = { dtype: "f32", shape: [2, 2] } as const;
const writer = new ModelWriter("probe");
const x = writer.input("x", type);
const y = writer.node("MatMul", [x, x]);
writer.output(y, type);
try {
  const session = await InferenceSession.create(writer.bytes(), {
    executionProviders: [
      name === "cuda" || name === "dml" ? { name, deviceId: Number(deviceId) } : name,
    ],
    logSeverityLevel: 4,
  });
  const result = await session.run({ x: new Tensor("float32", [1, 2, 3, 4], [2, 2]) });
  const data = result[y]?.data;
  process.stdout.write(String(data) === "7,10,15,22" ? "ok" : `wrong product ${String(data)}`);
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error));
}
