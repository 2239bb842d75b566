// What ONNX Runtime says when it refuses a user's file, as an error of FastGPU: an operator it does not have is one
// thing, a file that breaks the rules of the format is another.
import { DataError, UnsupportedOpError, type FastGpuError } from "@fastgpu/core";
import type { ModelProto, NodeProto } from "../proto/onnx.ts";
import { engineError, engineText } from "../session/engine-error.ts";

// Operators by what the engine's messages call them; `domain:Name(version)` where the domain may be empty.
const unsupported: readonly RegExp[] = [
  /(?<op>[\w.]*:?\w+)\(-?\d+\) is not a registered function\/op/,
  /In Node, \("[^"]*", (?<op>\w+), .* No opset import for domain/,
  /No Op registered for (?<op>\w+) with domain_version of (?<version>\d+)/,
  /Could not find an implementation for (?<op>[\w.:]+)\((?<version>\d+)\)/,
  /Failed to find kernel def for (?<op>[\w.:]+)/i,
];

/**
 * The error to throw for a file that the engine refused.
 *
 * @param path - of the file
 * @param cause - what the engine threw
 * @param model - what the file holds
 */
export function loadError(path: string, cause: unknown, model: ModelProto): FastGpuError {
  const error = engineError(`loading ${path}`, cause);
  if (error.code !== "ENGINE") return error;
  const line = engineText(cause);
  for (const pattern of unsupported) {
    const op = pattern.exec(line)?.groups?.["op"];
    if (op === undefined) continue;
    const name = op.slice(op.lastIndexOf(":") + 1);
    const nodes = [model.graph?.node ?? [], ...model.functions.map(({ node }) => node)];
    const domain = domainOf(name, nodes) ?? "ai.onnx";
    return new UnsupportedOpError(
      `${path}: operators must be ones ONNX Runtime has, got ${name} of domain "${domain}"`,
      { cause },
    );
  }
  // The device has computed before, so the file is at fault.
  return new DataError(`${path}: a model must be valid for ONNX Runtime, got: ${line}`, { cause });
}

/** The domain of an operator by its name; the engine's messages leave it out at times. */
function domainOf(name: string, lists: readonly (readonly NodeProto[])[]): string | undefined {
  for (const nodes of lists) {
    for (const { opType, domain, attribute } of nodes) {
      if (opType === name && domain !== "") return domain;
      const inner = attribute.flatMap(({ g, graphs }) =>
        g === undefined ? graphs : [g, ...graphs],
      );
      const found = domainOf(
        name,
        inner.map(({ node }) => node),
      );
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
