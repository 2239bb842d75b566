// Spaces against counts from combinatorics and by brute force, and the messages of wrong ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import type { Configuration, SpaceDeclaration } from "./declaration.ts";
import { Space } from "./space.ts";

const everyKind: SpaceDeclaration = {
  parameters: {
    backend: { kind: "categorical", values: ["onnx", "webgpu"] },
    tile: { kind: "ordinal", values: [8, 16, 32], when: { backend: "webgpu" } },
    fuse: { kind: "boolean", when: { backend: ["webgpu"], tile: [16, 32] } },
    threads: { kind: "integer", min: 1, max: 3, when: { backend: "onnx" } },
    batch: { kind: "integer", min: 1, max: 8, scale: "power-of-two" },
    split: { kind: "simplex", parts: 3, total: 4, step: 2 },
    cuts: { kind: "cuts", items: 5, parts: 3 },
  },
  constraints: ["batch * threads <= 8", "split[0] >= split[1]"],
};

function configurationsOf(space: Space): Configuration[] {
  return space.list()!.map((point) => space.configurationOf(point));
}

describe("list", () => {
  it("has what nested loops find", () => {
    const expected: string[] = [];
    const splits = [0, 2, 4].flatMap((a) =>
      [0, 2, 4].filter((b) => a + b <= 4).map((b) => [a, b, 4 - a - b]),
    );
    const cuts = [1, 2, 3, 4].flatMap((a) => [1, 2, 3, 4].filter((b) => b > a).map((b) => [a, b]));
    for (const batch of [1, 2, 4, 8]) {
      for (const split of splits.filter(([a, b]) => a! >= b!)) {
        for (const cut of cuts) {
          const rest = { batch, split, cuts: cut };
          for (const threads of [1, 2, 3]) {
            if (batch * threads <= 8)
              expected.push(JSON.stringify({ backend: "onnx", threads, ...rest }));
          }
          expected.push(JSON.stringify({ backend: "webgpu", tile: 8, ...rest }));
          for (const tile of [16, 32]) {
            for (const fuse of [false, true]) {
              expected.push(JSON.stringify({ backend: "webgpu", tile, fuse, ...rest }));
            }
          }
        }
      }
    }
    const listed = configurationsOf(new Space(everyKind)).map((c) => JSON.stringify(c));
    expect(new Set(listed)).toEqual(new Set(expected));
    expect(listed).toHaveLength(expected.length);
  });

  it("numbers simplexes and cuts like the binomial coefficients", () => {
    // 64 in steps of 8 over 8 parts: C(15, 7) = 6435; 24 layers in 8 stages: C(23, 7) = 245157.
    const split = { kind: "simplex", parts: 8, total: 64, step: 8 } as const;
    const cuts = { kind: "cuts", items: 24, parts: 8 } as const;
    expect(new Space({ parameters: { split } }).combinations).toBe(6435);
    expect(new Space({ parameters: { cuts } }).combinations).toBe(245_157);
    expect(new Space({ parameters: { split } }).list()).toHaveLength(6435);
  });

  it("is undefined above the limit", () => {
    expect(
      new Space({ parameters: { x: { kind: "real", min: 0, max: 1 } } }).list(),
    ).toBeUndefined();
  });
});

describe("points and configurations", () => {
  it("are two forms of the same", () => {
    const space = new Space(everyKind);
    for (const point of space.list()!) {
      expect(space.pointOf(space.configurationOf(point))).toEqual(point);
      expect(space.encode(point)).toHaveLength(5 + 3 + 5);
    }
  });

  it("hold for large splits, cuts and logarithmic ranges", () => {
    const space = new Space({
      parameters: {
        split: { kind: "simplex", parts: 8, total: 64, min: 1 },
        cuts: { kind: "cuts", items: 40, parts: 8, min: 0 },
        rate: { kind: "real", min: 1e-5, max: 0.1, scale: "log" },
        size: { kind: "integer", min: 1, max: 5000, scale: "log" },
      },
    });
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const point = space.sample(Random.of(seed));
        const { split, cuts, rate } = space.configurationOf(point) as Record<string, number[]>;
        expect(split!.reduce((a, b) => a + b)).toBe(64);
        expect(Math.min(...split!)).toBeGreaterThanOrEqual(1);
        expect([...cuts!].sort((a, b) => a - b)).toEqual(cuts);
        expect(Number(rate)).toBeGreaterThanOrEqual(1e-5);
        expect(space.pointOf(space.configurationOf(point))).toEqual(point);
        for (const coordinate of space.encode(point)) {
          expect(coordinate).toBeGreaterThanOrEqual(0);
          expect(coordinate).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [{ a: 9, b: 1 }, "parameter a: value must be one of the space, got 9"],
    [{ a: 1 }, "parameter b: value must be one of the space, got none"],
    [{ a: 2, b: 1 }, "parameter b: must be absent where it is inactive, got 1"],
    [{ a: 1, b: 1, c: 1 }, "configurations must name its parameters, got c"],
  ])("refuse %j", (configuration, message) => {
    const space = new Space({
      parameters: {
        a: { kind: "ordinal", values: [1, 2] },
        b: { kind: "integer", min: 0, max: 3, when: { a: 1 } },
      },
    });
    expect(() => space.pointOf(configuration as Configuration)).toThrow(message);
  });
});

describe("sample", () => {
  it("is uniform over the valid configurations", () => {
    const space = new Space(everyKind);
    const random = Random.of(7);
    const counts = new Map<string, number>();
    const size = space.list()!.length;
    const draws = size * 50;
    for (let i = 0; i < draws; i++) {
      const key = space.keyOf(space.sample(random));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // Chi squared with size - 1 degrees of freedom: mean size - 1, sd sqrt(2 (size - 1)); 5 sd.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 50) ** 2 / 50, 0);
    expect(counts.size).toBe(size);
    expect(Math.abs(chi - (size - 1))).toBeLessThan(5 * Math.sqrt(2 * (size - 1)));
  });

  it("finds a needle among 10^12 combinations", () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`p${i}`, { kind: "integer", min: 0, max: 9 } as const]),
    );
    const constraints = Array.from({ length: 12 }, (_, i) => `p${i} == ${i % 10}`);
    const space = new Space({ parameters, constraints });
    expect(space.sample(Random.of(1))).toEqual(Array.from({ length: 12 }, (_, i) => i % 10));
  });
});

describe("neighbours", () => {
  it("are valid and differ by one step, also across gaps and conditions", () => {
    const space = new Space({
      parameters: {
        batch: { kind: "integer", min: 1, max: 12 },
        micro: { kind: "integer", min: 1, max: 4 },
        mode: { kind: "categorical", values: ["a", "b"] },
        depth: { kind: "integer", min: 0, max: 4, when: { mode: "b" } },
      },
      constraints: ["batch % micro == 0"],
    });
    const near = (configuration: Configuration): string[] =>
      space
        .neighbours(space.pointOf(configuration))
        .map((point) => JSON.stringify(space.configurationOf(point)))
        .sort();
    expect(near({ batch: 6, micro: 3, mode: "a" })).toEqual(
      [
        { batch: 3, micro: 3, mode: "a" },
        { batch: 9, micro: 3, mode: "a" },
        { batch: 6, micro: 2, mode: "a" },
        { batch: 6, micro: 3, mode: "b", depth: 2 },
      ]
        .map((configuration) => JSON.stringify(configuration))
        .sort(),
    );
  });

  it("move one unit of a split or one layer over a cut", () => {
    const space = new Space({
      parameters: {
        split: { kind: "simplex", parts: 2, total: 3 },
        cuts: { kind: "cuts", items: 4, parts: 2 },
      },
    });
    const found = space
      .neighbours(space.pointOf({ split: [1, 2], cuts: [2] }))
      .map((point) => space.configurationOf(point));
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        { split: [0, 3], cuts: [2] },
        { split: [2, 1], cuts: [2] },
        { split: [1, 2], cuts: [1] },
        { split: [1, 2], cuts: [3] },
      ]),
    );
  });
});

describe("a wrong declaration", () => {
  const x = { kind: "integer", min: 1, max: 4 } as const;
  it.each<[string, unknown, string]>([
    ["no parameters", { parameters: {} }, "parameters must name at least one"],
    [
      "an unknown kind",
      { parameters: { x: { kind: "vector" } } },
      'kind must be categorical, boolean, ordinal, integer, real, simplex or cuts, got "vector"',
    ],
    [
      "no values",
      { parameters: { x: { kind: "ordinal", values: [] } } },
      "at least one value, got []",
    ],
    [
      "a value twice",
      { parameters: { x: { kind: "ordinal", values: [1, 1] } } },
      "values must differ, got 1 twice",
    ],
    [
      "a range upside down",
      { parameters: { x: { kind: "integer", min: 3, max: 2 } } },
      "min <= max, got min=3, max=2",
    ],
    [
      "NaN",
      { parameters: { x: { kind: "real", min: NaN, max: 2 } } },
      "min and max must be finite numbers",
    ],
    [
      "a log of 0",
      { parameters: { x: { kind: "real", min: 0, max: 2, scale: "log" } } },
      "min must be above 0 on a log scale, got 0",
    ],
    [
      "no power of two",
      { parameters: { x: { kind: "integer", min: 5, max: 7, scale: "power-of-two" } } },
      "a power of two must lie between",
    ],
    [
      "an uneven split",
      { parameters: { x: { kind: "simplex", parts: 2, total: 5, step: 2 } } },
      "must be a multiple of step, got 5, 2",
    ],
    [
      "too many stages",
      { parameters: { x: { kind: "cuts", items: 3, parts: 4 } } },
      "parts x min at most items",
    ],
    [
      "an unknown parent",
      { parameters: { x: { ...x, when: { y: 1 } } } },
      "when must name parameters, got y",
    ],
    [
      "a circle",
      { parameters: { x: { ...x, when: { y: 1 } }, y: { ...x, when: { x: 1 } } } },
      "must not form a circle, got x <- y <- x",
    ],
    [
      "an unknown name in a constraint",
      { parameters: { x }, constraints: ["x < y"] },
      'constraint "x < y": names must be parameters (x), got y',
    ],
    [
      "a call of something else",
      { parameters: { x }, constraints: ["eval(x)"] },
      "functions must be one of min",
    ],
    [
      "a property",
      { parameters: { x }, constraints: ["x.constructor == 1"] },
      "must be read as name[0]",
    ],
    ["no expression", { parameters: { x }, constraints: ["x <"] }, "must be an expression"],
    [
      "two expressions",
      { parameters: { x }, constraints: ["x < 3 x > 1"] },
      "must be one expression",
    ],
  ])("with %s is refused in one line", (_what, declaration, message) => {
    expect(() => new Space(declaration as SpaceDeclaration)).toThrow(message);
  });

  it("with contradictory constraints says what refused how much", () => {
    const space = new Space({ parameters: { x }, constraints: ["x > 2", "x < 3"] });
    expect(() => {
      space.checkNotEmpty(Random.of(1));
    }).toThrow(
      'constraints must leave at least one configuration, got none ("x > 2" refused 2, "x < 3" refused 2)',
    );
  });

  it("that is contradictory but too large to walk says so as well", () => {
    const real = { kind: "real", min: 0, max: 1 } as const;
    const space = new Space({
      parameters: { a: real, b: real },
      constraints: [{ name: "never", uses: ["a", "b"], holds: () => false }],
    });
    expect(() => {
      space.checkNotEmpty(Random.of(1));
    }).toThrow("got none");
  });
});

describe("constraints", () => {
  it("compute as JavaScript does", () => {
    const holds = (text: string, configuration: Configuration): boolean =>
      new Space({
        parameters: {
          a: { kind: "integer", min: 0, max: 20 },
          s: { kind: "simplex", parts: 2, total: 3 },
          c: { kind: "categorical", values: ["u", "v"] },
        },
        constraints: [text],
      }).refusalOf(
        new Space({
          parameters: {
            a: { kind: "integer", min: 0, max: 20 },
            s: { kind: "simplex", parts: 2, total: 3 },
            c: { kind: "categorical", values: ["u", "v"] },
          },
        }).pointOf(configuration),
      ) === undefined;
    const at = { a: 7, s: [1, 2], c: "u" };
    expect(holds("a + 2 * 3 == 13 && !(a > 7)", at)).toBe(true);
    expect(holds("a % 2 ? c == 'u' : false", at)).toBe(true);
    expect(holds("max(s) - min(s[0], a) == 1 && sum(s) == 3", at)).toBe(true);
    expect(holds("oneOf(c, 'v', 'w') || pow(a, 2) == 49", at)).toBe(true);
    expect(holds("log2(8) == ceil(2.2) && floor(-a / 2) == -4 && abs(-a) >= a", at)).toBe(true);
    expect(holds("c != 'u'", at)).toBe(false);
  });
});
