// A product through workgroup memory, for GPUs: a workgroup copies a block of both factors, whatever their layout, into memory
// that its lanes share, in fours along rows and along columns; every lane then multiplies fours of both in registers.
import type { Arithmetic } from "./arithmetic.ts";
import type { Stage, StageCode, StageIo, Wgsl } from "./kernel.ts";
import { copyUnits, type Put } from "./product-copy.ts";
import { finishElement, partsShape, type Product, type Split } from "./product.ts";

/** Sizes of a workgroup's and of a lane's block of results; all multiples of 4, those of a workgroup of those of a lane. */
export interface WorkgroupTile {
  readonly rows: number;
  readonly columns: number;
  /** Depth indices that are in workgroup memory at a time; a multiple of 4. */
  readonly depth: number;
  readonly laneRows: number;
  readonly laneColumns: number;
}

/** Lanes of a workgroup. */
export function lanesOf({ rows, columns, laneRows, laneColumns }: WorkgroupTile): number {
  return (rows / laneRows) * (columns / laneColumns);
}

/** Workgroup memory of a tile, bytes. */
export function workgroupBytes({ rows, columns, depth }: WorkgroupTile): number {
  return (rows + columns) * depth * 4;
}

/** The stage that computes every part of a product. */
export function tiledStage(product: Product, tile: WorkgroupTile, split: Split): Stage {
  const rowBlocks = Math.ceil(product.rows / tile.rows);
  const columnBlocks = Math.ceil(product.columns / tile.columns);
  const kind = product.arithmetic.halfRun === undefined ? "" : " f16";
  return {
    label: `tile ${String(tile.rows)}x${String(tile.columns)}x${String(tile.depth)}${kind}`,
    reads: product.reads,
    ...(split.count > 1 ? { scratch: partsShape(product, split) } : {}),
    workgroupSize: lanesOf(tile),
    workgroups: split.count * product.batch * rowBlocks * columnBlocks,
    emit: (io) => emit(product, tile, split, io),
  };
}

function emit(product: Product, tile: WorkgroupTile, split: Split, io: StageIo): StageCode {
  const { batch, depth, arithmetic } = product;
  const rowBlocks = Math.ceil(product.rows / tile.rows);
  const columnBlocks = Math.ceil(product.columns / tile.columns);
  const isWhole = split.size % tile.depth === 0 && depth % tile.depth === 0;
  const names = { left: io.name("left_tile"), right: io.name("right_tile") };
  const lanes = lanesOf(tile);
  const { element, halfRun } = arithmetic;
  const kept = halfRun === undefined ? element : "f16";
  const zero = `vec4<${arithmetic.sum}>(0)`;
  const side = { lanes, depth: tile.depth, isWhole, element };
  const left = copyUnits(
    product.left(io.reads),
    { ...side, prefix: "left", size: tile.rows },
    ...fours(names.left, tile.rows, halfRun !== undefined),
  );
  const right = copyUnits(
    product.right(io.reads),
    { ...side, prefix: "right", size: tile.columns },
    ...fours(names.right, tile.columns, halfRun !== undefined),
  );
  const places = range(tile.laneRows).flatMap((i) =>
    range(tile.laneColumns / 4).map((j) => `${i}_${j}`),
  );
  return {
    declarations: `
var<workgroup> ${names.left}: array<vec4<${kept}>, ${(tile.depth * tile.rows) / 4}>;
var<workgroup> ${names.right}: array<vec4<${kept}>, ${(tile.depth * tile.columns) / 4}>;`,
    body: `
  let row_block = group % ${rowBlocks}u;
  let column_block = group / ${rowBlocks}u % ${columnBlocks}u;
  let matrix = group / ${rowBlocks * columnBlocks}u % ${batch}u;
  let part = group / ${rowBlocks * columnBlocks * batch}u;
  let left_first = row_block * ${tile.rows}u;
  let right_first = column_block * ${tile.columns}u;
  let first_depth = part * ${split.size}u;
  let end = ${split.count === 1 ? `${depth}u` : `min(${depth}u, first_depth + ${split.size}u)`};
  let lane_column = lane % ${tile.columns / tile.laneColumns}u;
  let lane_row = lane / ${tile.columns / tile.laneColumns}u;
  ${left.bind}
  ${right.bind}
  ${places.map((place) => `var sum${place} = ${zero};`).join("\n  ")}
  for (var k = first_depth; k < end; k += ${tile.depth}u) {
    ${left.copy}
    ${right.copy}
    workgroupBarrier();
    ${multiplyBlock(tile, names, arithmetic, places)}
    workgroupBarrier();
  }
  ${store(product, tile, split, io)}`,
  };
}

/** Blocks lie in memory as fours of the outer index, [step][outer / 4], as f16 if they are multiplied so. */
function fours(memory: Wgsl, size: number, isHalf: boolean): [one: Put, four: Put] {
  const place = (outer: Wgsl, step: Wgsl): Wgsl =>
    `${memory}[(${step}) * ${size / 4}u + (${outer}) / 4u]`;
  return [
    (outer, step, value) =>
      `${place(outer, step)}[(${outer}) % 4u] = ${isHalf ? `f16(${value})` : value};`,
    (outer, step, value) => `${place(outer, step)} = ${isHalf ? `vec4<f16>(${value})` : value};`,
  ];
}

/** Fours of a lane lie a whole row of lanes apart, so that lanes side by side read side by side. */
function rowOf(tile: WorkgroupTile, four: number): Wgsl {
  return `(lane_row + ${(four * tile.rows) / tile.laneRows}u)`;
}

function columnOf(tile: WorkgroupTile, four: number): Wgsl {
  return `(lane_column + ${(four * tile.columns) / tile.laneColumns}u)`;
}

function multiplyBlock(
  tile: WorkgroupTile,
  names: { left: Wgsl; right: Wgsl },
  arithmetic: Arithmetic,
  places: readonly Wgsl[],
): Wgsl {
  const { halfRun } = arithmetic;
  if (halfRun === undefined) {
    return `for (var step = 0u; step < ${tile.depth}u; step++) {
      ${multiply(tile, names, arithmetic, "sum")}
    }`;
  }
  return `for (var first = 0u; first < ${tile.depth}u; first += ${halfRun}u) {
      ${places.map((place) => `var run${place} = vec4<f16>(0);`).join("\n      ")}
      for (var step = first; step < first + ${halfRun}u; step++) {
        ${multiply(tile, names, arithmetic, "run")}
      }
      ${places.map((place) => `sum${place} += vec4<f32>(run${place});`).join("\n      ")}
    }`;
}

/** Statements of one step into the sums, or runs, of a lane. */
function multiply(
  tile: WorkgroupTile,
  names: { left: Wgsl; right: Wgsl },
  arithmetic: Arithmetic,
  prefix: "sum" | "run",
): Wgsl {
  const rowFours = range(tile.laneRows / 4);
  const columnFours = range(tile.laneColumns / 4);
  const lines = [
    ...rowFours.map(
      (r) => `let a${r} = ${names.left}[step * ${tile.rows / 4}u + ${rowOf(tile, r)}];`,
    ),
    ...columnFours.map(
      (c) => `let b${c} = ${names.right}[step * ${tile.columns / 4}u + ${columnOf(tile, c)}];`,
    ),
    ...rowFours.flatMap((r) =>
      range(4).flatMap((i) =>
        columnFours.map((c) => {
          const sum = `${prefix}${4 * r + i}_${c}`;
          return `${sum} = ${arithmetic.addFour(sum, `a${r}.${"xyzw"[i]!}`, `b${c}`)};`;
        }),
      ),
    ),
  ];
  return lines.join("\n      ");
}

function store(product: Product, tile: WorkgroupTile, split: Split, io: StageIo): Wgsl {
  const { rows, columns } = product;
  return range(tile.laneRows)
    .map((i) => {
      const row = `left_first + ${rowOf(tile, Math.floor(i / 4))} * 4u + ${i % 4}u`;
      const elements = range(tile.laneColumns / 4).flatMap((c) =>
        range(4).map((j) => {
          const column = `right_first + ${columnOf(tile, c)} * 4u + ${j}u`;
          const at = { part: "part", matrix: "matrix", row: "row", column: "column" };
          const finish = finishElement(product, split, io, at, `sum${i}_${c}.${"xyzw"[j]!}`);
          const test = columns % tile.columns === 0 ? "" : `if (column < ${columns}u) `;
          return `{ let column = ${column}; ${test}{ ${finish} } }`;
        }),
      );
      const test = rows % tile.rows === 0 ? "" : `if (row < ${rows}u) `;
      return `{ let row = ${row}; ${test}{ ${elements.join(" ")} } }`;
    })
    .join("\n  ");
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
