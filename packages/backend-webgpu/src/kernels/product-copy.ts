// Copies a block of a factor into workgroup memory: all lanes of a workgroup, each a unit of one load at a time.
import type { Wgsl } from "./kernel.ts";
import type { Factor } from "./product.ts";

/** What is copied, by whom. */
export interface CopySide {
  /** Names start with it; `<prefix>_first` must be the first outer index of the block. */
  readonly prefix: Wgsl;
  /** Outer indices in the block. */
  readonly size: number;
  /** Depth indices in the block, which starts at `k`. */
  readonly depth: number;
  readonly lanes: number;
  /** Whether no block reaches past `end`. */
  readonly isWhole: boolean;
  /** Type of an element. */
  readonly element: Wgsl;
}

/** Statement that keeps an element at an outer index and a step within the block. */
export type Put = (outer: Wgsl, step: Wgsl, value: Wgsl) => Wgsl;

/** Statements before the loop over `k`, and those that copy one block. `putFour` keeps four along the outer index at once. */
export function copyUnits(
  factor: Factor,
  side: CopySide,
  put: Put,
  putFour?: Put,
): { readonly bind: Wgsl; readonly copy: Wgsl } {
  const { prefix, size, depth, lanes } = side;
  const outerUnits = factor.vector === "outer" ? size / 4 : size;
  const depthUnits = factor.vector === "depth" ? depth / 4 : depth;
  const units = outerUnits * depthUnits;
  const turns = Array.from({ length: Math.ceil(units / lanes) }, (_, turn) => {
    const unit = `${prefix}_unit${turn}`;
    // The index along which neighbours lie together goes fastest, so that lanes side by side read side by side.
    const [outer, inner] =
      factor.order === "outer"
        ? [`${unit} % ${outerUnits}u`, `${unit} / ${outerUnits}u`]
        : [`${unit} / ${depthUnits}u`, `${unit} % ${depthUnits}u`];
    const [outerScale, innerScale] = [
      factor.vector === "outer" ? 4 : 1,
      factor.vector === "depth" ? 4 : 1,
    ];
    const bind = `let ${unit} = lane + ${turn * lanes}u;
  let ${prefix}_outer${turn} = ${outer} * ${outerScale}u;
  let ${prefix}_step${turn} = ${inner} * ${innerScale}u;
  ${factor.bindOuter(`${prefix}${turn}`, "matrix", `(${prefix}_first + ${prefix}_outer${turn})`)}`;
    const body = copyUnit(factor, side, turn, put, putFour);
    const isFull = (turn + 1) * lanes <= units;
    return { bind, copy: isFull ? `{ ${body} }` : `if (${unit} < ${units}u) { ${body} }` };
  });
  return {
    bind: turns.map((turn) => turn.bind).join("\n  "),
    copy: turns.map((turn) => turn.copy).join("\n    "),
  };
}

function copyUnit(
  factor: Factor,
  side: CopySide,
  turn: number,
  put: Put,
  putFour: Put | undefined,
): Wgsl {
  const { prefix, isWhole, element } = side;
  const index = `(k + ${prefix}_step${turn})`;
  const isFour = factor.vector !== "none";
  const loaded = isFour
    ? factor.load4(`${prefix}${turn}`, "inner")
    : factor.load(`${prefix}${turn}`, "inner");
  const zero = isFour ? `vec4<${element}>(0)` : `${element}(0)`;
  const value = isWhole ? loaded : `select(${zero}, ${loaded}, ${index} < end)`;
  const [outer, step] = [`${prefix}_outer${turn}`, `${prefix}_step${turn}`];
  return `${factor.bindDepth("inner", index)} let value = ${value}; ${keep(factor, outer, step, put, putFour)}`;
}

function keep(
  { vector }: Factor,
  outer: Wgsl,
  step: Wgsl,
  put: Put,
  putFour: Put | undefined,
): Wgsl {
  const four = [0, 1, 2, 3];
  switch (vector) {
    case "outer":
      if (putFour !== undefined) return putFour(outer, step, "value");
      return four.map((i) => put(`${outer} + ${i}u`, step, `value[${i}]`)).join(" ");
    case "depth":
      return four.map((i) => put(outer, `${step} + ${i}u`, `value[${i}]`)).join(" ");
    case "none":
      return put(outer, step, "value");
  }
}
