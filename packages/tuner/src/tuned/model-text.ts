// What makes two models the same to a tuner: layers, options and wiring, whatever the layers are called.
import type { ModelSpec } from "@fastgpu/core";

/** A text that is equal for models with the same structure. */
export function modelText({ layers, inputs, outputs }: ModelSpec): string {
  const place = new Map(layers.map(({ name }, at) => [name, at]));
  const at = (name: string): number => place.get(name) ?? -1;
  const parts = layers.map(({ kind, config, inputs: read, weightsOf }) => [
    kind,
    sorted(config),
    read.map(at),
    weightsOf === undefined ? -1 : at(weightsOf),
  ]);
  return JSON.stringify([parts, inputs.map(at), outputs.map(at)]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}
