// A product on matrix units (tensor cores): f16 factors, f32 sums. A workgroup copies blocks of both factors into memory
// that its subgroups share; every subgroup loads matrices of the unit's own shape from there, multiplies and adds. Results
// come back through workgroup memory, one matrix of every subgroup at a time.
import type {
  AdapterTraits,
  Stage,
  StageCode,
  StageIo,
  SubgroupMatrixShape,
  Wgsl,
} from "./kernel.ts";
import { copyUnits } from "./product-copy.ts";
import { finishElement, partsShape, type Product, type Split } from "./product.ts";

/** Sizes of a workgroup's block in matrices of the unit, and how its subgroups share it. */
export interface UnitTile {
  /** Rows and columns of a subgroup's block, in matrices. */
  readonly matrixRows: number;
  readonly matrixColumns: number;
  /** Subgroups along rows and along columns. */
  readonly groupRows: number;
  readonly groupColumns: number;
  /** Depth in workgroup memory at a time, in matrices. */
  readonly matrixDepth: number;
}

/** The unit that multiplies f16 into f32 sums, the largest if there are several; undefined where there is none. */
export function halfUnit({
  subgroupMatrices,
  hasF16,
  hasSubgroupIds,
  subgroupMinSize,
  subgroupMaxSize,
}: AdapterTraits): SubgroupMatrixShape | undefined {
  if (!hasF16 || !hasSubgroupIds || subgroupMinSize !== subgroupMaxSize) return undefined;
  const volume = ({ m, n, k }: SubgroupMatrixShape): number => m * n * k;
  return subgroupMatrices
    .filter(({ component, result }) => component === "f16" && result === "f32")
    .toSorted((a, b) => volume(b) - volume(a))[0];
}

/** Workgroup memory of a tile, bytes: two f16 blocks, and one f32 matrix of every subgroup. */
export function unitBytes(unit: SubgroupMatrixShape, tile: UnitTile): number {
  const { rows, columns, depth, groups } = sizes(unit, tile);
  return (rows + columns) * depth * 2 + groups * unit.m * unit.n * 4;
}

function sizes({ m, n, k }: SubgroupMatrixShape, tile: UnitTile) {
  return {
    rows: m * tile.matrixRows * tile.groupRows,
    columns: n * tile.matrixColumns * tile.groupColumns,
    depth: k * tile.matrixDepth,
    groups: tile.groupRows * tile.groupColumns,
  };
}

/** The stage that computes every part of a product. */
export function unitStage(
  product: Product,
  unit: SubgroupMatrixShape,
  lanes: number,
  tile: UnitTile,
  split: Split,
): Stage {
  const { rows, columns, depth, groups } = sizes(unit, tile);
  const rowBlocks = Math.ceil(product.rows / rows);
  const columnBlocks = Math.ceil(product.columns / columns);
  return {
    label: `units ${String(rows)}x${String(columns)}x${String(depth)}`,
    reads: product.reads,
    ...(split.count > 1 ? { scratch: partsShape(product, split) } : {}),
    workgroupSize: groups * lanes,
    workgroups: split.count * product.batch * rowBlocks * columnBlocks,
    extensions: ["f16", "subgroups", "subgroup_id", "chromium_experimental_subgroup_matrix"],
    emit: (io) => emit(product, unit, lanes, tile, split, io),
  };
}

function emit(
  product: Product,
  unit: SubgroupMatrixShape,
  lanes: number,
  tile: UnitTile,
  split: Split,
  io: StageIo,
): StageCode {
  const { rows, columns, depth, groups } = sizes(unit, tile);
  const { m, n, k } = unit;
  const [left, right, results] = ["left_block", "right_block", "results"].map((name) =>
    io.name(name),
  );
  const rowBlocks = Math.ceil(product.rows / rows);
  const columnBlocks = Math.ceil(product.columns / columns);
  const isWhole = split.size % depth === 0 && product.depth % depth === 0;
  // Rows of the left block lie [row][depth], columns of the right one [column][depth], both read as the unit wants.
  const put =
    (memory: Wgsl) =>
    (outer: Wgsl, step: Wgsl, value: Wgsl): Wgsl =>
      `${memory}[(${outer}) * ${depth}u + ${step}] = f16(${value});`;
  const side = { lanes: groups * lanes, depth, isWhole, element: "f32" };
  const copyLeft = copyUnits(
    product.left(io.reads),
    { ...side, prefix: "left", size: rows },
    put(left!),
  );
  const copyRight = copyUnits(
    product.right(io.reads),
    { ...side, prefix: "right", size: columns },
    put(right!),
  );
  const pairs = range(tile.matrixRows).flatMap((i) =>
    range(tile.matrixColumns).map((j) => [i, j] as const),
  );
  const leftType = `subgroup_matrix_left<f16, ${k}, ${m}>`;
  const rightType = `subgroup_matrix_right<f16, ${n}, ${k}>`;
  const sumType = `subgroup_matrix_result<f32, ${n}, ${m}>`;
  const inner = range(tile.matrixDepth).map((step) => {
    const loadLeft = range(tile.matrixRows).map(
      (i) =>
        `let a${i} = subgroupMatrixLoad<${leftType}, row_major>(&${left!}, (group_row + ${i * m}u) * ${depth}u + ${step * k}u, ${depth}u);`,
    );
    const loadRight = range(tile.matrixColumns).map(
      (j) =>
        `let b${j} = subgroupMatrixLoad<${rightType}, col_major>(&${right!}, (group_column + ${j * n}u) * ${depth}u + ${step * k}u, ${depth}u);`,
    );
    const multiply = pairs.map(
      ([i, j]) => `sum${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, sum${i}_${j});`,
    );
    return `{ ${[...loadLeft, ...loadRight, ...multiply].join("\n      ")} }`;
  });
  return {
    declarations: `
var<workgroup> ${left!}: array<f16, ${rows * depth}>;
var<workgroup> ${right!}: array<f16, ${columns * depth}>;
var<workgroup> ${results!}: array<f32, ${groups * m * n}>;`,
    body: `
  let row_block = group % ${rowBlocks}u;
  let column_block = group / ${rowBlocks}u % ${columnBlocks}u;
  let matrix = group / ${rowBlocks * columnBlocks}u % ${product.batch}u;
  let part = group / ${rowBlocks * columnBlocks * product.batch}u;
  let left_first = row_block * ${rows}u;
  let right_first = column_block * ${columns}u;
  let first_depth = part * ${split.size}u;
  let end = ${split.count === 1 ? `${product.depth}u` : `min(${product.depth}u, first_depth + ${split.size}u)`};
  let group_row = subgroup / ${tile.groupColumns}u * ${m * tile.matrixRows}u;
  let group_column = subgroup % ${tile.groupColumns}u * ${n * tile.matrixColumns}u;
  ${copyLeft.bind}
  ${copyRight.bind}
  ${pairs.map(([i, j]) => `var sum${i}_${j}: ${sumType};`).join("\n  ")}
  for (var k = first_depth; k < end; k += ${depth}u) {
    ${copyLeft.copy}
    ${copyRight.copy}
    workgroupBarrier();
    ${inner.join("\n    ")}
    workgroupBarrier();
  }
  ${pairs.map(([i, j]) => finishMatrix(product, unit, lanes, split, io, results!, i, j)).join("\n  ")}`,
  };
}

/** Every subgroup hands the matrix (i, j) of its block to its lanes. */
function finishMatrix(
  product: Product,
  { m, n }: SubgroupMatrixShape,
  lanes: number,
  split: Split,
  io: StageIo,
  results: Wgsl,
  i: number,
  j: number,
): Wgsl {
  const at = { part: "part", matrix: "matrix", row: "row", column: "column" };
  const finish = finishElement(product, split, io, at, `${results}[subgroup * ${m * n}u + place]`);
  return `subgroupMatrixStore<row_major>(&${results}, subgroup * ${m * n}u, sum${i}_${j}, ${n}u);
  workgroupBarrier();
  for (var place = subgroup_lane; place < ${m * n}u; place += ${lanes}u) {
    let row = left_first + group_row + ${i * m}u + place / ${n}u;
    let column = right_first + group_column + ${j * n}u + place % ${n}u;
    if (row < ${product.rows}u && column < ${product.columns}u) { ${finish} }
  }
  workgroupBarrier();`;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
