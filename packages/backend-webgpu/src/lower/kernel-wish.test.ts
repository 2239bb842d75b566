// Which tile a wish picks: nearest in what is wished, unchanged in what is not, and never a tile that the kernel does not have.
import { expect, test } from "vitest";
import { softwareTraits as software } from "../../test/made-up-traits.ts";
import type { AdapterTraits, Operand, Tile } from "../kernels/kernel.ts";
import { avgPool } from "../kernels/avg-pool.ts";
import { matmul, type MatmulProblem } from "../kernels/matmul.ts";
import { METHOD } from "../kernels/product-kernel.ts";
import type { Application } from "./families.ts";
import { kernelRange, wishedChoice, wishedTile, type KernelWish } from "./kernel-wish.ts";

const plainGpu: AdapterTraits = {
  ...software,
  isSoftware: false,
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
};
const unitGpu: AdapterTraits = {
  ...plainGpu,
  subgroupMatrices: [{ component: "f16", result: "f32", m: 16, n: 16, k: 16 }],
};

function problem(m: number, n: number, k: number): MatmulProblem {
  return {
    m,
    n,
    k,
    batch: [],
    batchStepsA: [],
    batchStepsB: [],
    transposeA: false,
    transposeB: false,
    accumulator: "f32",
  };
}

const floats: readonly Operand[] = [1, 2].map(() => ({ dtype: "f32", elements: 1, alignment: 4 }));
const halves: readonly Operand[] = [1, 2].map(() => ({ dtype: "f16", elements: 1, alignment: 4 }));

/** The tile of a matmul under a wish, and the one without. */
function chosen(
  wish: KernelWish,
  [m, n, k]: readonly [number, number, number] = [512, 512, 512],
  traits = software,
  operands = floats,
): { readonly tile: Tile; readonly usual: Tile } {
  const given = problem(m, n, k);
  const usual = matmul.defaultTile(given, operands, traits, 1);
  const tiles = matmul.tiles(given, operands, traits);
  const tile = wishedTile(tiles, usual, wish, traits);
  expect([...tiles, usual]).toContainEqual(tile);
  return { tile, usual };
}

test("lists what an adapter has", () => {
  expect(kernelRange(software)).toEqual({
    methods: ["broadcast", "tiled", "plain"],
    rows: [8, 12, 16, 20, 24, 32],
    rowsOf: ["broadcast"],
    splitOf: ["broadcast"],
  });
  expect(kernelRange(plainGpu).methods).toEqual(["tiled", "plain"]);
  expect(kernelRange(plainGpu).rows).toEqual([16, 32, 64, 128]);
  expect(kernelRange(unitGpu)).toMatchObject({
    methods: ["tiled", "units", "plain"],
    rowsOf: ["tiled", "units"],
    splitOf: ["tiled", "units"],
  });
});

test.each(["broadcast", "tiled", "plain"] as const)("takes the wished method, %s", (method) => {
  expect(chosen({ method }).tile["method"]).toBe(METHOD[method]);
});

test("without a wish everything stays, whatever the order of the tiles", () => {
  for (const traits of [software, plainGpu, unitGpu]) {
    const { tile, usual } = chosen({}, [512, 512, 512], traits);
    expect(tile).toEqual(usual);
  }
});

test("takes the nearest height and changes nothing else", () => {
  const { tile, usual } = chosen({ rows: 30 });
  expect(usual["rows"]).toBe(16);
  expect(tile).toEqual({ ...usual, rows: 32 });
  // 10 rows have no block of 32.
  expect(chosen({ rows: 32, method: "broadcast" }, [10, 512, 512]).tile).toMatchObject({
    rows: 10,
    swap: 0,
  });
});

test("takes the nearest split and changes nothing else", () => {
  const { tile, usual } = chosen({ split: 4 });
  expect(usual["split"]).not.toBe(4);
  expect(tile).toEqual({ ...usual, split: 4 });
  // A depth of 100 is not split.
  expect(chosen({ split: 8 }, [512, 512, 100]).tile["split"]).toBe(1);
});

test("the method comes before the height, the height before the split", () => {
  expect(chosen({ method: "plain", rows: 16, split: 8 }).tile["method"]).toBe(METHOD.plain);
  const { tile } = chosen({ rows: 12, split: 2 });
  expect(tile).toMatchObject({ rows: 12, split: 2 });
});

test("of another method the best guess is taken, and a method that the kernel lacks is not", () => {
  const { tile, usual } = chosen({ method: "tiled" }, [1024, 1024, 1024], unitGpu, halves);
  expect(usual["method"]).toBe(METHOD.units);
  expect(tile).toEqual(matmul.defaultTile(problem(1024, 1024, 1024), floats, plainGpu, 1));
  // Units multiply f16 only.
  const lacking = chosen({ method: "units" }, [1024, 1024, 1024], unitGpu);
  expect(lacking.tile).toEqual(lacking.usual);
});

test("heights of matrix units count their rows", () => {
  const { tile } = chosen({ rows: 32 }, [1024, 1024, 1024], unitGpu, halves);
  expect(tile).toMatchObject({ method: METHOD.units, matrixRows: 1, groupRows: 2 });
});

test("a wish comes before a stored choice, which keeps what the wish leaves open", () => {
  const application = {
    family: matmul,
    problem: problem(512, 512, 512),
  } as unknown as Application;
  const stored: Tile = { method: METHOD.broadcast, rows: 24, depth: 1, split: 2, swap: 1 };
  const tileOf = (wish: KernelWish): Tile | undefined =>
    wishedChoice(wish, software, () => stored)(application, floats, 1);
  expect(tileOf({})).toBe(stored);
  expect(tileOf({ rows: 8 })).toEqual({ ...stored, rows: 8 });
  expect(tileOf({ split: 4 })).toEqual({ ...stored, split: 4 });
  expect(tileOf({ method: "plain" })?.["method"]).toBe(METHOD.plain);
});

test("a small share of a program still gets the short kernel of its own", () => {
  const application = {
    family: matmul,
    problem: problem(512, 512, 512),
  } as unknown as Application;
  const choose = wishedChoice({ rows: 8 }, software, () => undefined);
  expect(choose(application, floats, 0.01)).toMatchObject({ rows: 8, depth: 1 });
  expect(choose(application, floats, 1)).toMatchObject({ rows: 8, depth: 4 });
});

test("kernels that are not products know no wish", () => {
  const sizes = { planes: 1, axes: [], padding: "valid" };
  const application = { family: avgPool, problem: sizes } as unknown as Application;
  const choose = wishedChoice({ method: "plain", rows: 8 }, software, () => undefined);
  expect(choose(application, floats, 1)).toEqual({});
});
