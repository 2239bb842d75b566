// The factors of a matrix product of bytes, four along the depth as one u32, so that one instruction multiplies and adds four.
// Where four neighbours in memory are four of the other index, four words are transposed as they are loaded.
import type { TensorView, Wgsl } from "./kernel.ts";
import type { StoredMatrix } from "./matmul-factors.ts";
import type { Factor } from "./product.ts";

/** Bytes of a word. */
const bytes = 4;

/** Words along a depth; what is behind its end in the last one counts as 0. */
export function wordsOf(depth: number): number {
  return Math.ceil(depth / bytes);
}

/** A matrix of bytes as [outer, words along the depth]. */
export function packedFactor(matrix: StoredMatrix, view: TensorView, depth: number): Factor {
  const { step, isVector } = matrix;
  const order = step.outer === 1 ? "outer" : "depth";
  const bindOuter: Factor["bindOuter"] = (prefix, index, outer) =>
    `let ${prefix}_at = ${matrix.base(index)} + (${outer}) * ${step.outer}u;`;
  const at = (outer: Wgsl, word: Wgsl): Wgsl => `${outer}_at + ${word}_at`;
  if (isVector && order === "depth") {
    const load = (outer: Wgsl, word: Wgsl): Wgsl => view.loadPacked(`(${at(outer, word)}) / 4u`);
    const bindDepth: Factor["bindDepth"] = (prefix, index) =>
      `let ${prefix}_at = (${index}) * ${bytes}u;`;
    return { vector: "none", order, bindOuter, bindDepth, load, load4: load };
  }
  const rest = depth % bytes;
  const mask = (word: Wgsl, value: Wgsl): Wgsl =>
    rest === 0 ? value : `(${value} & ${word}_mask)`;
  const bindDepth: Factor["bindDepth"] = (prefix, index) => {
    const last = `let ${prefix}_mask = select(0xffffffffu, ${2 ** (8 * rest) - 1}u, (${index}) == ${wordsOf(depth) - 1}u);`;
    return `let ${prefix}_at = (${index}) * ${bytes * step.depth}u; ${rest === 0 ? "" : last}`;
  };
  const four = [0, 1, 2, 3].map((byte) => byte * step.depth);
  return {
    vector: isVector ? "outer" : "none",
    order,
    bindOuter,
    bindDepth,
    load: (outer, word) => {
      const each = four.map((offset) => view.load(`${at(outer, word)} + ${offset}u`));
      return mask(word, `pack4xI8(vec4<i32>(${each.join(", ")}))`);
    },
    load4: (outer, word) => {
      const each = four.map((offset) => view.loadPacked(`(${at(outer, word)} + ${offset}u) / 4u`));
      const words = `transpose_bytes(vec4<u32>(${each.join(", ")}))`;
      return rest === 0 ? words : `(${words} & vec4<u32>(${word}_mask))`;
    },
  };
}
