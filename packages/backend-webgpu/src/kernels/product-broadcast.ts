// A product without workgroup memory or barriers, for devices where a subgroup is one vector register of a CPU: there every
// load is taken apart into one scalar load a lane, so what counts is the number of loads a multiplication. A subgroup
// holds `rows` x 4 lanes of results in registers; the rows' factors are loaded by all lanes together, each
// once, and handed around by broadcasts, which cost next to nothing.
import type { Arithmetic } from "./arithmetic.ts";
import { hiddenZero, type Stage, type StageCode, type StageIo, type Wgsl } from "./kernel.ts";
import { finishElement, partsShape, type Factor, type Product, type Split } from "./product.ts";

/** Sizes of a subgroup's work: results of `rows` x 4 `lanes`, `depth` indices a turn. */
export interface BroadcastTile {
  readonly lanes: number;
  readonly rows: number;
  /** A multiple of 4 where fours along the depth shall be loaded at once; all are written out, so 1 compiles fastest. */
  readonly depth: number;
}

/** The stage that computes every part of a product. */
export function broadcastStage(product: Product, tile: BroadcastTile, split: Split): Stage {
  const { batch, rows, columns } = product;
  const rowBlocks = Math.ceil(rows / tile.rows);
  const columnBlocks = Math.ceil(columns / (4 * tile.lanes));
  return {
    label: `broadcast ${String(tile.rows)}x${String(4 * tile.lanes)}x${String(tile.depth)}`,
    reads: product.reads,
    ...(split.count > 1 ? { scratch: partsShape(product, split) } : {}),
    workgroupSize: tile.lanes,
    workgroups: split.count * batch * rowBlocks * columnBlocks,
    extensions: ["subgroups"],
    emit: (io) => emit(product, tile, split, io),
  };
}

function emit(product: Product, tile: BroadcastTile, split: Split, io: StageIo): StageCode {
  const { batch, rows, columns, depth, arithmetic } = product;
  const { element } = arithmetic;
  const rowBlocks = Math.ceil(rows / tile.rows);
  const columnBlocks = Math.ceil(columns / (4 * tile.lanes));
  const right = product.right(io.reads);
  const partEnd = split.count === 1 ? `${depth}u` : `min(${depth}u, first_depth + ${split.size}u)`;
  const isWhole = split.size % tile.depth === 0 && depth % tile.depth === 0;
  const left = loadLeft(product.left(io.reads), tile);
  const four = loadRight(right, tile);
  const results = range(tile.rows);
  const guard = (index: Wgsl, value: Wgsl, zero: Wgsl): Wgsl =>
    isWhole ? value : `select(${zero}, ${value}, ${index} < end)`;
  return {
    declarations: "",
    body: `
  let row_block = group % ${rowBlocks}u;
  let column_block = group / ${rowBlocks}u % ${columnBlocks}u;
  let matrix = group / ${rowBlocks * columnBlocks}u % ${batch}u;
  let part = group / ${rowBlocks * columnBlocks * batch}u;
  let first_row = row_block * ${tile.rows}u;
  let first_column = column_block * ${4 * tile.lanes}u;
  let first_depth = part * ${split.size}u;
  let end = ${partEnd};
  ${left.bind}
  ${four.bind}
  ${results.map((i) => `var sum${i} = vec4<${arithmetic.sum}>(0);`).join("\n  ")}
  for (var k = first_depth; k < end; k += ${tile.depth}u) {
    ${left.load(guard, element)}
    ${range(tile.depth)
      .map((step) =>
        four.step(step, guard, element, (b) => accumulate(results, left, step, b, arithmetic)),
      )
      .join("\n    ")}
  }
  ${finishRows(product, tile, split, io, four)}`,
  };
}

function accumulate(
  rows: readonly number[],
  left: Left,
  step: number,
  b: Wgsl,
  arithmetic: Arithmetic,
): Wgsl {
  return rows
    .map((i) => `sum${i} = ${arithmetic.addFour(`sum${i}`, left.at(i, step), b)};`)
    .join("\n    ");
}

/**
 * Loops whose bounds the driver's compiler cannot know, else it would unroll them, take every store apart by lanes, and spend a
 * second on all of them. Only the array is indexed by a variable, which would keep the sums themselves out of registers.
 */
function finishRows(
  product: Product,
  tile: BroadcastTile,
  split: Split,
  io: StageIo,
  right: Right,
): Wgsl {
  const { rows, columns, arithmetic } = product;
  const sums = range(tile.rows).map((i) => `sum${i}`);
  const at = { part: "part", matrix: "matrix", row: "row", column: "column" };
  const finish = finishElement(product, split, io, at, "results[component]");
  return `var sums = array<vec4<${arithmetic.sum}>, ${tile.rows}>(${sums.join(", ")});
  for (var row = first_row; row < min(first_row + ${tile.rows}u, ${rows}u); row++) {
    let results = sums[row - first_row];
    for (var component = 0u; component < 4u + ${hiddenZero}; component++) {
      let column = ${right.column("component")};
      if (column < ${columns}u) { ${finish} }
    }
  }`;
}

type Guard = (index: Wgsl, value: Wgsl, zero: Wgsl) => Wgsl;

interface Left {
  readonly bind: Wgsl;
  load(guard: Guard, element: Wgsl): Wgsl;
  /** The element of a row and of a step of the turn, the same in all lanes. */
  at(row: number, step: number): Wgsl;
}

/** All lanes together load `rows` x `depth` elements, each once, four at a time where the factor allows. */
function loadLeft(factor: Factor, tile: BroadcastTile): Left {
  const { lanes, rows, depth } = tile;
  // Fours along the rows need blocks that start at fours.
  const isAligned = rows % 4 === 0 || factor.vector !== "outer";
  const vector = isAligned ? vectorOf(factor, tile) : "none";
  // Units are what one lane loads at once; a load is one unit in every lane.
  const unitsAlongDepth = vector === "depth" ? depth / 4 : depth;
  const unitsAlongRows = vector === "outer" ? Math.ceil(rows / 4) : rows;
  const loads = range(Math.ceil((unitsAlongDepth * unitsAlongRows) / lanes));
  const unit = (load: number): Wgsl => `(subgroup_lane + ${load * lanes}u)`;
  const [outerScale, depthScale] = [vector === "outer" ? 4 : 1, vector === "depth" ? 4 : 1];
  const outer = (load: number): Wgsl =>
    `first_row + ${unit(load)} / ${unitsAlongDepth}u * ${outerScale}u`;
  return {
    bind: loads
      .map(
        (load) => `${factor.bindOuter(`left${load}`, "matrix", outer(load))}
  let left_step${load} = ${unit(load)} % ${unitsAlongDepth}u * ${depthScale}u;`,
      )
      .join("\n  "),
    load: (guard, element) =>
      loads
        .map((load) => {
          const index = `(k + left_step${load})`;
          const isFour = vector !== "none";
          const value = isFour
            ? factor.load4(`left${load}`, `left_depth${load}`)
            : factor.load(`left${load}`, `left_depth${load}`);
          const zero = isFour ? `vec4<${element}>(0)` : `${element}(0)`;
          return `${factor.bindDepth(`left_depth${load}`, index)}
    let a${load} = ${guard(index, value, zero)};`;
        })
        .join("\n    "),
    at: (row, step) => {
      const [u, component] =
        vector === "outer"
          ? [Math.floor(row / 4) * unitsAlongDepth + step, row % 4]
          : vector === "depth"
            ? [row * unitsAlongDepth + Math.floor(step / 4), step % 4]
            : [row * unitsAlongDepth + step, undefined];
      const part = component === undefined ? "" : `.${"xyzw"[component]!}`;
      return `subgroupBroadcast(a${Math.floor(u / lanes)}${part}, ${u % lanes}u)`;
    },
  };
}

interface Right {
  readonly bind: Wgsl;
  /** Column of a component (u32) of this lane's results. */
  column(component: Wgsl): Wgsl;
  /** Loads four columns of one step of the turn and uses them. */
  step(step: number, guard: Guard, element: Wgsl, use: (four: Wgsl) => Wgsl): Wgsl;
}

/** Fours along the depth need turns of four. */
function vectorOf({ vector }: Factor, { depth }: BroadcastTile): Factor["vector"] {
  return vector === "depth" && depth % 4 !== 0 ? "none" : vector;
}

function loadRight(factor: Factor, tile: BroadcastTile): Right {
  const { lanes } = tile;
  const vector = vectorOf(factor, tile);
  if (vector === "outer") {
    return {
      bind: factor.bindOuter("right", "matrix", `first_column + subgroup_lane * 4u`),
      column: (component) => `first_column + subgroup_lane * 4u + ${component}`,
      step: (step, guard, element, use) => `
    ${factor.bindDepth(`right_depth${step}`, `(k + ${step}u)`)}
    let b${step} = ${guard(`k + ${step}u`, factor.load4("right", `right_depth${step}`), `vec4<${element}>(0)`)};
    ${use(`b${step}`)}`,
    };
  }
  const columns = range(4);
  return {
    bind: columns
      .map((c) =>
        factor.bindOuter(`right${c}`, "matrix", `first_column + subgroup_lane + ${c * lanes}u`),
      )
      .join("\n  "),
    column: (component) => `first_column + subgroup_lane + ${component} * ${lanes}u`,
    step: (step, guard, element, use) => {
      if (vector === "depth") {
        const load =
          step % 4 === 0
            ? `${factor.bindDepth(`right_depth${step}`, `(k + ${step}u)`)}
    ${columns.map((c) => `let b${step}_${c} = ${guard(`k + ${step}u`, factor.load4(`right${c}`, `right_depth${step}`), `vec4<${element}>(0)`)};`).join("\n    ")}`
            : "";
        const component = "xyzw"[step % 4]!;
        const from = step - (step % 4);
        return `${load}
    let b${step} = vec4<${element}>(${columns.map((c) => `b${from}_${c}.${component}`).join(", ")});
    ${use(`b${step}`)}`;
      }
      const loads = columns.map((c) => factor.load(`right${c}`, `right_depth${step}`));
      return `${factor.bindDepth(`right_depth${step}`, `(k + ${step}u)`)}
    let b${step} = ${guard(`k + ${step}u`, `vec4<${element}>(${loads.join(", ")})`, `vec4<${element}>(0)`)};
    ${use(`b${step}`)}`;
    },
  };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
