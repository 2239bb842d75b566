// A model as a table: layers, shapes, parameter counts, wiring.
import {
  formatShape,
  parametersOf,
  resolveModel,
  sizeOf,
  type LayerSpec,
  type ModelSpec,
  type ParameterInfo,
} from "@fastgpu/core";

/** One line per layer: name and kind, result [batch, ...], number of parameters, inputs where they are not the layer above. */
export function summarize(spec: ModelSpec): string {
  const parameters = parametersOf(spec);
  const layers = resolveModel(spec);
  const rows = layers.map(({ spec: layer, output }, i) => {
    const shape = `[batch${output.shape.map((size) => `,${size}`).join("")}]`;
    const own = parameters.filter(({ name }) => name.startsWith(`${layer.name}/`));
    return [
      `${layer.name} (${layer.kind})`,
      output.dtype === "f32" ? shape : `${shape} ${output.dtype}`,
      own.length === 0
        ? "0"
        : `${count(own)} ${own.map(({ shape }) => formatShape(shape)).join(" ")}`,
      sourceOf(layer, layers[i - 1]?.spec.name),
    ];
  });
  const table = align([["Layer", "Result", "Parameters", "From"], ...rows]);
  const width = Math.max(...table.map((line) => line.length));
  const rule = "-".repeat(width);
  const [head = "", ...body] = table;
  return [`Model "${spec.name}"`, rule, head, rule, ...body, rule, totals(parameters)].join("\n");
}

function sourceOf({ inputs, weightsOf }: LayerSpec, previous: string | undefined): string {
  const isPlain = inputs.length === 0 || (inputs.length === 1 && inputs[0] === previous);
  const shared = weightsOf === undefined ? "" : `parameters of ${weightsOf}`;
  return [isPlain ? "" : inputs.join(", "), shared].filter((text) => text !== "").join("; ");
}

function totals(parameters: readonly ParameterInfo[]): string {
  const trained = parameters.filter((info) => info.role === "parameter" && info.isTrainable);
  const total = count(parameters);
  return `Parameters: ${total} (${(total * 4).toLocaleString("en-US")} bytes as f32), of which trained: ${count(trained)}`;
}

function count(parameters: readonly ParameterInfo[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Columns of equal width. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
