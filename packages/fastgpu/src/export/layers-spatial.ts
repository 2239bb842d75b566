// Layers over the spatial axes: pooling, borders, enlarging. TensorFlow.js takes channels first for two and three axes; for one
// axis it has them last only, so such a layer stands between two permutations.
import type { JsonObject } from "@fastgpu/core";
import type { ExportedLayer, LayerExport, LayerToExport } from "./layer-export.ts";

/** Whether a layer has its channels before its spatial axes. */
export function isChannelsFirst({ config }: LayerToExport): boolean {
  return config["dataFormat"] !== "channelsLast";
}

/** The `data_format` option. */
export function dataFormat(layer: LayerToExport): JsonObject {
  return { data_format: isChannelsFirst(layer) ? "channels_first" : "channels_last" };
}

/** A number or one per axis as one per axis. */
export function perAxis(value: unknown, rank: number, fallback: number): number[] {
  if (Array.isArray(value)) return value.map(Number);
  return new Array<number>(rank).fill(value === undefined ? fallback : Number(value));
}

/** A rule of padding, or [low, high] per axis. */
export function paddingOf({ config }: LayerToExport, rank: number): string | number[][] {
  const value = config["padding"] ?? "valid";
  if (typeof value === "string") return value;
  const sides: readonly unknown[] = Array.isArray(value)
    ? value
    : new Array<unknown>(rank).fill(value);
  const pairs = sides.map((side) =>
    Array.isArray(side) ? side.map(Number) : [Number(side), Number(side)],
  );
  return pairs.flat().every((size) => size === 0) ? "valid" : pairs;
}

/** A chain for one spatial axis, with its channels brought last and back. */
export function channelsLast(
  layer: LayerToExport,
  rank: number,
  chain: readonly ExportedLayer[],
): readonly ExportedLayer[] {
  if (rank !== 1 || !isChannelsFirst(layer)) return chain;
  const swap: ExportedLayer = { className: "Permute", config: { dims: [2, 1] } };
  return [swap, ...chain, swap];
}

/** Windows of a pool; padding by rule only, as TensorFlow.js has no other. */
export function pool(className: string, rank: number): LayerExport {
  return (layer) => {
    const { config, refuse } = layer;
    const window = perAxis(config["poolSize"], rank, 2);
    const padding = paddingOf(layer, rank);
    if (padding !== "same" && padding !== "valid") {
      return refuse("padding of a pool must be same or valid", config["padding"]);
    }
    const strides = config["strides"] === undefined ? window : perAxis(config["strides"], rank, 1);
    return channelsLast(layer, rank, [
      {
        className: `${className}${rank}D`,
        config: {
          pool_size: window,
          strides,
          padding,
          ...(rank === 1 ? {} : dataFormat(layer)),
        },
      },
    ]);
  };
}

/** Maximum or mean of each channel. */
export function globalPool(className: string): LayerExport {
  return (layer) => {
    const [input = []] = layer.inputs;
    const rank = input.length - 1;
    if (rank > 2) return layer.refuse("a global pool must have 1 or 2 spatial axes", rank);
    const swap: ExportedLayer = { className: "Permute", config: { dims: [2, 1] } };
    return [
      ...(rank === 1 && isChannelsFirst(layer) ? [swap] : []),
      { className: `${className}${rank}D`, config: rank === 1 ? {} : dataFormat(layer) },
      ...(layer.config["keepDims"] === true
        ? [{ className: "Reshape", config: { target_shape: [...layer.output] } }]
        : []),
    ];
  };
}

/** A border of zeros. */
export const pad2d: LayerExport = (layer) => {
  const { config, refuse } = layer;
  if ((config["value"] ?? 0) !== 0) return refuse("value of a border must be 0", config["value"]);
  const given = config["padding"] === undefined ? [1, 1] : paddingOf(layer, 2);
  const sides = typeof given === "string" ? [0, 0] : given;
  const padding = sides.map((side) => (Array.isArray(side) ? side : [side, side]));
  return [{ className: "ZeroPadding2D", config: { padding, ...dataFormat(layer) } }];
};

/** Each element several times. The bilinear form of TensorFlow.js has its pixel centres elsewhere. */
export const upsample2d: LayerExport = (layer) => {
  const { config, refuse } = layer;
  const way = config["interpolation"] ?? "nearest";
  if (way !== "nearest") return refuse("interpolation must be nearest", way);
  const size = perAxis(config["size"], 2, 2);
  return [
    { className: "UpSampling2D", config: { size, interpolation: way, ...dataFormat(layer) } },
  ];
};
