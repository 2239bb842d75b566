// What somebody wishes of all products and convolutions of a program at once, so that a study can search it: the method, the
// height of blocks, the parts of the depth. A wish picks among the tiles that a kernel has; it never makes one.
import type { AdapterTraits, KernelFamily, Operand, Tile } from "../kernels/kernel.ts";
import { matmul, type MatmulProblem } from "../kernels/matmul.ts";
import { METHOD } from "../kernels/product-kernel.ts";
import { halfUnit } from "../kernels/product-units.ts";
import type { TileChoice } from "./families.ts";

/** Name of a method of products. */
export type MethodName = keyof typeof METHOD;

/** A wish; what is absent is left to the stored choice or the kernel's own. */
export interface KernelWish {
  readonly method?: MethodName;
  /** Rows of results of a block, >= 1. */
  readonly rows?: number;
  /** Parts that the depth is summed in, >= 1. */
  readonly split?: number;
}

/** What an adapter has to wish for. */
export interface KernelRange {
  /** Methods that it runs some product with. */
  readonly methods: readonly MethodName[];
  /** Heights of blocks among which there is a choice, ascending, and the methods that have it. */
  readonly rows: readonly number[];
  readonly rowsOf: readonly MethodName[];
  /** Methods that have several splits. */
  readonly splitOf: readonly MethodName[];
}

/** The range of an adapter: what it has for large products of any dtype. */
export function kernelRange(traits: AdapterTraits): KernelRange {
  const tiles = (["f32", "f16", "i8"] as const).flatMap((dtype) => {
    const operand: Operand = { dtype, elements: sample.m * sample.k, alignment: 4 };
    const accumulator = dtype === "i8" ? "i32" : "f32";
    return matmul.tiles({ ...sample, accumulator }, [operand, operand], traits);
  });
  const sizesOf = (method: MethodName, size: (tile: Tile) => number | undefined): number[] => {
    const own = tiles.filter((tile) => tile["method"] === METHOD[method]);
    return [...new Set(own.flatMap((tile) => size(tile) ?? []))];
  };
  const heightsOf = (method: MethodName): number[] =>
    sizesOf(method, (tile) => heightOf(tile, traits));
  const methods = methodNames().filter((name) => sizesOf(name, () => 1).length > 0);
  const rowsOf = methods.filter((name) => heightsOf(name).length > 1);
  const rows = [...new Set(rowsOf.flatMap(heightsOf))].sort((a, b) => a - b);
  const splitOf = methods.filter((name) => sizesOf(name, (tile) => tile["split"]).length > 1);
  return { methods, rows, rowsOf, splitOf };
}

const sample: MatmulProblem = {
  m: 1024,
  n: 1024,
  k: 1024,
  batch: [],
  batchStepsA: [],
  batchStepsB: [],
  transposeA: false,
  transposeB: false,
  accumulator: "f32",
};

function methodNames(): readonly MethodName[] {
  return Object.keys(METHOD) as MethodName[];
}

/**
 * The tile that meets a wish best: the method, where the kernel has it; of its tiles those of the nearest height; of these
 * those of the nearest split; of these the one that differs in the fewest sizes from what would be taken without a wish, or,
 * with another method than that, the first. `usual` itself for kernels that are not products. A wish never transposes
 * a product, as a wrong way round wastes more than any height gains.
 *
 * @param tiles - of the kernel, the best guess of each method before its others
 * @param usual - what is taken without a wish
 */
export function wishedTile(
  tiles: readonly Tile[],
  usual: Tile,
  wish: KernelWish,
  traits: AdapterTraits,
): Tile {
  if (usual["method"] === undefined) return usual;
  const wanted = wish.method === undefined ? usual["method"] : METHOD[wish.method];
  const all = [usual, ...tiles];
  const method = all.some((tile) => tile["method"] === wanted) ? wanted : usual["method"];
  const same = all.filter((tile) => tile["method"] === method);
  const [base = usual] = same;
  const { rows, split } = wish;
  const distance = (size: number | undefined, wished: number | undefined): number =>
    size === undefined || wished === undefined ? 0 : Math.abs(size - wished);
  const turned = same.filter((tile) => tile["swap"] === base["swap"]);
  const ranked = turned.map((tile) => ({
    tile,
    ranks: [
      distance(heightOf(tile, traits), rows),
      distance(tile["split"], split),
      differences(tile, base),
    ],
  }));
  return ranked.reduce((best, next) => (isLess(next.ranks, best.ranks) ? next : best)).tile;
}

/** The choice of a wish where there is one, else `stored`, which also stands for what the wish leaves open. */
export function wishedChoice(
  wish: KernelWish,
  traits: AdapterTraits,
  stored: TileChoice,
): TileChoice {
  if (Object.keys(wish).length === 0) return stored;
  return (application, operands, share) => {
    const { family, problem }: { family: KernelFamily<unknown>; problem: unknown } = application;
    const usual =
      stored(application, operands, share) ?? family.defaultTile(problem, operands, traits, share);
    return wishedTile(family.tiles(problem, operands, traits), usual, wish, traits);
  };
}

/** Rows of results of a block; undefined for a method without blocks. */
function heightOf(tile: Tile, traits: AdapterTraits): number | undefined {
  const { rows, matrixRows, groupRows } = tile;
  if (rows !== undefined) return rows;
  const unit = halfUnit(traits);
  return matrixRows === undefined || groupRows === undefined || unit === undefined
    ? undefined
    : unit.m * matrixRows * groupRows;
}

function differences(tile: Tile, other: Tile): number {
  const names = new Set([...Object.keys(tile), ...Object.keys(other)]);
  return [...names].filter((name) => tile[name] !== other[name]).length;
}

/** By the first number in which they differ. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((rank, i) => rank !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}
