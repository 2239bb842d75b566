// What a schema cannot say: names that refer to something, models whose shapes fit, operations that exist. Errors point
// at the line of the part that is wrong.
import {
  FastGpuError,
  GraphBuilder,
  isPrimitive,
  primitiveNames,
  resolveModel,
  SuiteError,
  trainStep,
  type Graph,
} from "@fastgpu/core";
import { didYouMean } from "./closest.ts";
import type { JsonPath, LocatedJson } from "./located-json.ts";
import type { OpFile } from "./suite-file.ts";
import type { Suite, SuiteModel, Workload } from "./suite.ts";

/** @throws {SuiteError} for the first thing that makes no sense */
export function checkSense(suite: Omit<Suite, "hash">, json: LocatedJson): void {
  for (const [name, model] of Object.entries(suite.models)) checkModel(name, model, json);
  const seen = new Map<string, number>();
  suite.workloads.forEach((workload, i) => {
    const key = `${workload.name} ${workload.kind}`;
    if (seen.has(key)) {
      throw new SuiteError(
        `${json.at(["workloads", i, "name"])}: workloads of one kind must have different names, got "${workload.name}" twice`,
      );
    }
    seen.set(key, i);
    checkWorkload(suite, workload, ["workloads", i], json);
  });
}

function checkModel(name: string, model: SuiteModel, json: LocatedJson): void {
  const path = ["models", name];
  try {
    resolveModel(model.spec);
  } catch (error) {
    if (!(error instanceof FastGpuError)) throw error;
    const layer = model.spec.layers.findIndex((one) => error.message.includes(`"${one.name}"`));
    throw located(json, layer < 0 ? path : [...path, "layers", layer], error);
  }
  const { loss, optimizer, metrics, spec } = model;
  if (loss === undefined) return;
  try {
    trainStep(spec, { batch: 2, loss, optimizer, metrics });
  } catch (error) {
    if (!(error instanceof FastGpuError)) throw error;
    const part = ["optimizer", "metrics", "loss"].find((key) =>
      error.message.startsWith(key.replace(/s$/, "")),
    );
    throw located(json, part === undefined ? path : [...path, part], error);
  }
}

function checkWorkload(
  suite: Omit<Suite, "hash">,
  workload: Workload,
  path: JsonPath,
  json: LocatedJson,
): void {
  const has = (key: "model" | "data", known: Readonly<Record<string, unknown>>): void => {
    const name = (workload as { readonly model?: string; readonly data?: string })[key];
    if (name === undefined || Object.hasOwn(known, name)) return;
    const names = Object.keys(known);
    const list = names.length === 0 ? "there are none" : `they are ${names.join(", ")}`;
    throw new SuiteError(
      `${json.at([...path, key])}: ${key} must be named in the suite, got "${name}"; ${list}${didYouMean(name, names)}`,
    );
  };
  has("model", suite.models);
  has("data", suite.data);
  if (workload.kind === "train-step" || workload.kind === "train-to-accuracy") {
    const model = suite.models[workload.model];
    if (model?.loss === undefined) {
      throw new SuiteError(
        `${json.at(["models", workload.model])}: a model that is trained must have a loss, got none for "${workload.model}"`,
      );
    }
  }
  if (workload.kind === "inference" && workload.op !== undefined) {
    checkOp(workload.op, [...path, "op"], json);
  }
}

function checkOp(op: OpFile, path: JsonPath, json: LocatedJson): void {
  if (!isPrimitive(op.name)) {
    throw new SuiteError(
      `${json.at([...path, "name"])}: op must be a primitive operation, got "${op.name}"${didYouMean(op.name, primitiveNames)}`,
    );
  }
  try {
    opGraph(op);
  } catch (error) {
    if (!(error instanceof FastGpuError)) throw error;
    throw located(json, path, error);
  }
}

/**
 * One operation as a program: inputs `x0`, `x1`, ..., constants as state slots of the same names, output `y`.
 *
 * @throws {FastGpuError} if the shapes or attributes do not suit the operation
 */
export function opGraph(op: OpFile): Graph {
  if (!isPrimitive(op.name)) throw new SuiteError(`op: must be primitive, got "${op.name}"`);
  const builder = new GraphBuilder(op.name);
  const inputs = op.inputs.map(({ dtype = "f32", shape, isConstant = false }, i) =>
    isConstant ? builder.state(`x${i}`, dtype, shape) : builder.input(`x${i}`, dtype, shape),
  );
  // Attributes of a suite are data; the type rule of the operation checks them.
  builder.output("y", builder.op(op.name, inputs, { ...op.attributes } as never));
  return builder.build();
}

function located(json: LocatedJson, path: JsonPath, error: FastGpuError): SuiteError {
  return new SuiteError(`${json.at(path)}: ${error.message}`, { cause: error });
}
