// Which method a product runs with, in which sizes, and the kernel that they give. A tile is plain numbers so that it can be
// searched and stored: `method`, the sizes that the method has, `split` parts of the depth, `swap` 1 to compute the transposed
// product, `packed` 1 to multiply bytes in fours, and `half` 1 to multiply f16 in f16.
import type { AdapterTraits, Kernel, Stage, Tile } from "./kernel.ts";
import { halfArithmetic } from "./arithmetic.ts";
import { broadcastStage } from "./product-broadcast.ts";
import { plainStage } from "./product-plain.ts";
import { lanesOf, tiledStage, workgroupBytes, type WorkgroupTile } from "./product-tiled.ts";
import { halfUnit, unitBytes, unitStage, type UnitTile } from "./product-units.ts";
import { splitDepth, sumOfParts, transposed, type Product, type Split } from "./product.ts";

/** Values of a tile's `method`. */
export const METHOD = { broadcast: 0, tiled: 1, units: 2, plain: 3 } as const;

/** The kernel of a product with a tile from {@link productTiles} or {@link defaultProductTile}. */
export function productKernel(given: Product, traits: AdapterTraits, tile: Tile): Kernel {
  const chosen = variantOf(given, traits, tile);
  const product = sizeOf(tile, "swap") === 1 ? transposed(chosen) : chosen;
  const { stage: main, split } = mainStage(product, traits, tile);
  const stage = { ...main, functions: product.arithmetic.functions };
  return {
    output: given.output,
    stages: split.count > 1 ? [stage, sumOfParts(product, split)] : [stage],
  };
}

function mainStage(
  product: Product,
  traits: AdapterTraits,
  tile: Tile,
): { stage: Stage; split: Split } {
  const splitBy = (block: number): Split => splitDepth(product.depth, sizeOf(tile, "split"), block);
  switch (sizeOf(tile, "method")) {
    case METHOD.broadcast: {
      const depth = sizeOf(tile, "depth");
      const split = splitBy(depth);
      const sizes = { lanes: traits.subgroupMinSize, rows: sizeOf(tile, "rows"), depth };
      return { stage: broadcastStage(product, sizes, split), split };
    }
    case METHOD.units: {
      const unit = halfUnit(traits);
      if (unit === undefined)
        throw new TypeError("units: the adapter must have an f16 matrix unit");
      const sizes = unitTileOf(tile);
      const split = splitBy(unit.k * sizes.matrixDepth);
      return { stage: unitStage(product, unit, traits.subgroupMinSize, sizes, split), split };
    }
    case METHOD.plain: {
      const split = splitBy(1);
      return { stage: plainStage(product, split), split };
    }
    default: {
      const sizes = workgroupTileOf(tile);
      const split = splitBy(sizes.depth);
      return { stage: tiledStage(product, sizes, split), split };
    }
  }
}

/** The product as a tile multiplies it. */
function variantOf(product: Product, traits: AdapterTraits, tile: Tile): Product {
  if (tile["packed"] !== 1 && tile["half"] !== 1) return product;
  const variant = tile["packed"] === 1 ? packedOf(product, traits) : halfOf(product, traits);
  if (variant !== undefined) return variant;
  throw new TypeError(`tile: factors and adapter must allow it, got ${JSON.stringify(tile)}`);
}

/** Sizes that are good without measuring. `share` of a program's operations is this product's, in [0, 1]. */
export function defaultProductTile(product: Product, traits: AdapterTraits, share: number): Tile {
  if (isVectorMachine(traits)) return broadcastTile(product, traits, share);
  const packed = packedOf(product, traits);
  if (packed !== undefined && prefersPacked(traits)) {
    return packedTile(defaultProductTile(packed, traits, share));
  }
  if (Math.min(product.rows, product.columns) < leastBlock) return plainTile(product);
  return unitTiles(product, traits)[0] ?? tiledTiles(product, traits)[0]!;
}

/** Tiles worth measuring, the default first. */
export function productTiles(product: Product, traits: AdapterTraits): readonly Tile[] {
  const packed = packedOf(product, traits);
  const single = tilesOf(product, traits);
  const inFours = packed === undefined ? [] : tilesOf(packed, traits).map(packedTile);
  const tiles = [
    defaultProductTile(product, traits, 1),
    ...(prefersPacked(traits) ? [...inFours, ...single] : [...single, ...inFours]),
  ];
  return [...new Map(tiles.map((tile) => [JSON.stringify(tile), tile])).values()];
}

function tilesOf(product: Product, traits: AdapterTraits): readonly Tile[] {
  return isVectorMachine(traits)
    ? [
        ...broadcastTiles(product),
        ...withHalf([tiledTile(product, traits)], product, traits),
        plainTile(product),
      ]
    : [...unitTiles(product, traits), ...tiledTiles(product, traits), plainTile(product)];
}

/** The product of bytes in fours, where there is one and the adapter multiplies them so. */
function packedOf({ packed }: Product, { hasPackedDot }: AdapterTraits): Product | undefined {
  return hasPackedDot ? packed : undefined;
}

/** The product of f16 in f16, where it is allowed. */
function halfOf(product: Product, { allowsHalfSums }: AdapterTraits): Product | undefined {
  return allowsHalfSums === true && product.isHalf
    ? { ...product, arithmetic: halfArithmetic }
    : undefined;
}

/** GPUs multiply four bytes at the price of one number, CPUs take the four apart. */
function prefersPacked({ isSoftware }: AdapterTraits): boolean {
  return !isSoftware;
}

function packedTile(tile: Tile): Tile {
  return { ...tile, packed: 1 };
}

/** A CPU whose subgroups are vector registers of one known width. */
function isVectorMachine(traits: AdapterTraits): boolean {
  return (
    traits.isSoftware && traits.hasSubgroups && traits.subgroupMinSize === traits.subgroupMaxSize
  );
}

/** Workgroups that keep every core of a CPU busy to the end, and every core of a large GPU. */
const enoughGroups = { cpu: 8, gpu: 256 };
/** Shorter parts cost more in adding them up than they gain. */
const leastPart = 256;

/** Parts of the depth that make up for too few blocks of results. */
function partsFor(groups: number, wanted: number, depth: number): number {
  return Math.max(1, Math.min(Math.ceil(wanted / groups), Math.floor(depth / leastPart)));
}

/** Below this, in operations, a product takes less time than the driver's compiler would for anything but the plain kernel. */
const leastOperations = 2e5;

/** Below this share of a program's operations, time to compile counts more than the quarter by which it runs longer. */
const smallShare = 0.05;

/** Depth indices that are written out: all that one load brings, but one where that wastes or costs more than it gains. */
function turnDepth(depth: number, share: number): number {
  const isUneven = depth % 4 !== 0 && depth < 32;
  return isUneven || share < smallShare ? 1 : 4;
}

/**
 * 16 rows a block measured best on lavapipe for square products and for all three of a convolution: fewer load more often,
 * more spill their sums. Small products take fewer all the same, as the time to compile grows with the rows.
 */
function broadcastTile(product: Product, traits: AdapterTraits, share: number): Tile {
  const width = 4 * traits.subgroupMinSize;
  const swap = prefersSwap(product, width) ? 1 : 0;
  const { rows, columns, batch, depth } = swap === 1 ? transposed(product) : product;
  const operations = 2 * batch * rows * columns * depth;
  if (operations < leastOperations) return { method: METHOD.plain, split: 1, swap: 0 };
  const height = evenBlock(rows, operations < 2e7 ? 8 : 16);
  const groups = batch * Math.ceil(rows / height) * Math.ceil(columns / width);
  const split = partsFor(groups, enoughGroups.cpu, depth);
  const turn = turnDepth(depth, share);
  return { method: METHOD.broadcast, rows: height, depth: turn, split, swap };
}

/** Swaps where that wastes fewer lanes: columns come in whole subgroups, rows in blocks of any height. */
function prefersSwap({ rows, columns }: Product, width: number): boolean {
  const waste = (count: number): number => (Math.ceil(count / width) * width) / count;
  return waste(rows) < 0.95 * waste(columns);
}

/** Height of equal blocks of at most `most` that cover `count`; several start at fours, which can be loaded at once. */
function evenBlock(count: number, most: number): number {
  const height = Math.ceil(count / Math.ceil(count / most));
  return height < count ? Math.ceil(height / 4) * 4 : height;
}

function broadcastTiles(product: Product): readonly Tile[] {
  const splits = [1, 2, 4, 8].filter((split) => split === 1 || product.depth >= 128 * split);
  return [0, 1].flatMap((swap) => {
    const { rows } = swap === 1 ? transposed(product) : product;
    const heights = [8, 12, 16, 20, 24, 32].map((most) => evenBlock(rows, most));
    return heights.flatMap((height) =>
      splits.flatMap((split) =>
        [4, 1].map((turn) => ({
          method: METHOD.broadcast,
          rows: height,
          depth: turn,
          split,
          swap,
        })),
      ),
    );
  });
}

/** With fewer rows or columns most of a workgroup's block would be idle. */
const leastBlock = 5;

function plainTile(product: Product): Tile {
  const { batch, rows, columns, depth } = product;
  const split = partsFor(Math.ceil((batch * rows * columns) / 64), enoughGroups.gpu, depth);
  return { method: METHOD.plain, split, swap: 0 };
}

/** Shapes of workgroup blocks, large to small: rows, columns, depth, rows and columns of a lane. */
const blocks: readonly WorkgroupTile[] = [
  [128, 128, 16, 8, 8],
  [128, 64, 16, 8, 8],
  [64, 128, 16, 8, 8],
  [64, 64, 16, 8, 4],
  [64, 64, 16, 4, 4],
  [64, 32, 16, 4, 4],
  [32, 64, 16, 4, 4],
  [32, 32, 16, 4, 4],
  [16, 64, 16, 4, 4],
  [64, 16, 16, 4, 4],
].map(([rows = 0, columns = 0, depth = 0, laneRows = 0, laneColumns = 0]) => {
  return { rows, columns, depth, laneRows, laneColumns };
});

function fittingBlocks(traits: AdapterTraits): readonly WorkgroupTile[] {
  return blocks.filter(
    (block) =>
      lanesOf(block) <= traits.maxWorkgroupLanes &&
      workgroupBytes(block) <= traits.maxWorkgroupBytes,
  );
}

/** The largest block that still fills the device, else the one of which most is used. */
function tiledTile(product: Product, traits: AdapterTraits): Tile {
  const fitting = fittingBlocks(traits);
  const groupsOf = (block: WorkgroupTile): number => blocksOf(product, block);
  const usedOf = (block: WorkgroupTile): number =>
    (product.batch * product.rows * product.columns) /
    (groupsOf(block) * block.rows * block.columns);
  const block =
    fitting.find((one) => usedOf(one) > 0.9 && groupsOf(one) >= enoughGroups.gpu) ??
    fitting.filter((one) => lanesOf(one) <= 128).toSorted((a, b) => usedOf(b) - usedOf(a))[0] ??
    fitting.at(-1)!;
  return workgroupTile(block, partsFor(groupsOf(block), enoughGroups.gpu / 2, product.depth));
}

function blocksOf({ batch, rows, columns }: Product, block: WorkgroupTile): number {
  return batch * Math.ceil(rows / block.rows) * Math.ceil(columns / block.columns);
}

/** Tiles through workgroup memory, the best guess first. */
function tiledTiles(product: Product, traits: AdapterTraits): readonly Tile[] {
  const tiles = [tiledTile(product, traits), ...blockTiles(product, traits)];
  return withHalf(tiles, product, traits);
}

/** Tiles and, where it is allowed, the same in f16: of GPUs the better guess, emulated by software adapters. */
function withHalf(
  tiles: readonly Tile[],
  product: Product,
  traits: AdapterTraits,
): readonly Tile[] {
  if (halfOf(product, traits) === undefined) return tiles;
  const halves = tiles.map((tile) => ({ ...tile, half: 1 }));
  return traits.isSoftware ? [...tiles, ...halves] : [...halves, ...tiles];
}

function blockTiles(product: Product, traits: AdapterTraits): readonly Tile[] {
  return fittingBlocks(traits).flatMap((block) => {
    const best = partsFor(blocksOf(product, block), enoughGroups.gpu / 2, product.depth);
    const splits = [...new Set([1, Math.ceil(best / 2), best])];
    return [8, 16, 32].flatMap((depth) =>
      workgroupBytes({ ...block, depth }) > traits.maxWorkgroupBytes
        ? []
        : splits.map((split) => workgroupTile({ ...block, depth }, split)),
    );
  });
}

function workgroupTile(block: WorkgroupTile, split: number): Tile {
  return { method: METHOD.tiled, ...block, split, swap: 0 };
}

function workgroupTileOf(tile: Tile): WorkgroupTile {
  return {
    rows: sizeOf(tile, "rows"),
    columns: sizeOf(tile, "columns"),
    depth: sizeOf(tile, "depth"),
    laneRows: sizeOf(tile, "laneRows"),
    laneColumns: sizeOf(tile, "laneColumns"),
  };
}

/** Blocks in matrices of the unit, large to small. */
const unitBlocks: readonly UnitTile[] = [
  { matrixRows: 4, matrixColumns: 2, groupRows: 2, groupColumns: 4, matrixDepth: 2 },
  { matrixRows: 2, matrixColumns: 2, groupRows: 2, groupColumns: 2, matrixDepth: 2 },
  { matrixRows: 1, matrixColumns: 2, groupRows: 2, groupColumns: 2, matrixDepth: 2 },
  { matrixRows: 1, matrixColumns: 1, groupRows: 2, groupColumns: 2, matrixDepth: 2 },
];

/** Tiles on the adapter's matrix unit, the best guess first; none where there is no unit or a factor is not f16. */
function unitTiles(product: Product, traits: AdapterTraits): readonly Tile[] {
  const unit = halfUnit(traits);
  if (unit === undefined || !product.isHalf) return [];
  const fitting = unitBlocks.filter(
    (block) =>
      unitBytes(unit, block) <= traits.maxWorkgroupBytes &&
      block.groupRows * block.groupColumns * traits.subgroupMinSize <= traits.maxWorkgroupLanes,
  );
  const tiles = fitting.map((block): { groups: number; tile: Tile } => {
    const rows = unit.m * block.matrixRows * block.groupRows;
    const columns = unit.n * block.matrixColumns * block.groupColumns;
    const groups =
      product.batch * Math.ceil(product.rows / rows) * Math.ceil(product.columns / columns);
    const split = partsFor(groups, enoughGroups.gpu / 2, product.depth);
    return { groups, tile: { method: METHOD.units, ...block, split, swap: 0 } };
  });
  const best = tiles.find(({ groups }) => groups >= enoughGroups.gpu / 2) ?? tiles.at(-1);
  return best === undefined ? [] : [best.tile, ...tiles.map(({ tile }) => tile)];
}

function unitTileOf(tile: Tile): UnitTile {
  return {
    matrixRows: sizeOf(tile, "matrixRows"),
    matrixColumns: sizeOf(tile, "matrixColumns"),
    groupRows: sizeOf(tile, "groupRows"),
    groupColumns: sizeOf(tile, "groupColumns"),
    matrixDepth: sizeOf(tile, "matrixDepth"),
  };
}

function sizeOf(tile: Tile, name: string): number {
  const size = tile[name];
  if (size === undefined)
    throw new TypeError(`tile: must have ${name}, got ${JSON.stringify(tile)}`);
  return size;
}
