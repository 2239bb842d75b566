// Lowerings of the composites that ONNX has as one operator; the others are inlined.
import type { CompositeName } from "@fastgpu/core";
import type { Lowering } from "./lowering.ts";

/** Native lowerings of composites, by name. */
export const compositeLowerings: { readonly [K in CompositeName]?: Lowering<K> } = {};
