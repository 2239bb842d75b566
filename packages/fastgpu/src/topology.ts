// From applied layers to a model specification: order, names and shared parameters.
import { ModelError, resolveModel, type LayerSpec, type ModelSpec } from "@fastgpu/core";
import type { Layer } from "./layers/layer.ts";
import { ancestors, type SymbolicTensor } from "./layers/symbolic-tensor.ts";

/**
 * The specification of the model that makes `outputs` from `inputs`. Names depend on the model alone, so that equal
 * models start from equal parameters under one seed.
 *
 * @throws {ModelError} if an input is missing or unused, a name comes twice, or shapes do not fit
 */
export function specOf(
  name: string,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): ModelSpec {
  const values = ancestors(outputs);
  checkInputs(name, inputs, values);
  const names = nameValues([...inputs, ...values.filter((value) => !inputs.includes(value))]);
  const owners = new Map<Layer, string>();
  const nameOf = (value: SymbolicTensor): string => names.get(value) ?? "";
  const layers = [...names.keys()].map((value): LayerSpec => {
    const { kind, config } = value.layer;
    const owner = owners.get(value.layer);
    const own = nameOf(value);
    if (owner === undefined) owners.set(value.layer, own);
    const shared = owner === undefined ? {} : { weightsOf: owner };
    return { name: own, kind, config, inputs: value.inputs.map(nameOf), ...shared };
  });
  const spec = { name, layers, inputs: inputs.map(nameOf), outputs: outputs.map(nameOf) };
  resolveModel(spec);
  return spec;
}

function checkInputs(
  name: string,
  inputs: readonly SymbolicTensor[],
  values: readonly SymbolicTensor[],
): void {
  const where = `model "${name}"`;
  const entries = values.filter((value) => value.inputs.length === 0);
  const unlisted = entries.find((value) => !inputs.includes(value));
  if (unlisted !== undefined) {
    throw new ModelError(
      `${where}: inputs must list every input its outputs need, got none for "${unlisted.layer.name ?? "input"}" [${unlisted.shape.join(",")}]`,
    );
  }
  const unused = inputs.find((value) => !entries.includes(value));
  if (unused !== undefined) {
    throw new ModelError(
      `${where}: every input must lead to an output, got "${unused.layer.name ?? unused.layer.kind}" that does not`,
    );
  }
}

/** Given names as they are; others by kind, numbered from the second on, past names that are taken. */
function nameValues(values: readonly SymbolicTensor[]): Map<SymbolicTensor, string> {
  const taken = new Set(values.flatMap(({ layer }) => layer.name ?? []));
  const seen = new Set<Layer>();
  const counts = new Map<string, number>();
  const fresh = (stem: string, first: number): string => {
    for (let i = counts.get(stem) ?? first; ; i++) {
      const candidate = i === 0 ? stem : `${stem}_${i}`;
      if (taken.has(candidate)) continue;
      counts.set(stem, i + 1);
      taken.add(candidate);
      return candidate;
    }
  };
  return new Map(
    values.map((value) => {
      const { layer } = value;
      const isAgain = seen.has(layer);
      seen.add(layer);
      if (layer.name === undefined) return [value, fresh(layer.kind, 0)];
      return [value, isAgain ? fresh(layer.name, 1) : layer.name];
    }),
  );
}
