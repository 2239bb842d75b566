// Restrictions of several shapes, learned from a few random trials and judged on the whole space.
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import type { Configuration } from "../space/declaration.ts";
import { Space } from "../space/space.ts";
import { Directions } from "./directions.ts";
import { RuleEnsemble } from "./rule-ensemble.ts";

const space = new Space({
  parameters: {
    tile: { kind: "ordinal", values: [1, 2, 4, 8, 16, 32] },
    unroll: { kind: "ordinal", values: [1, 2, 3, 4, 6, 8] },
    width: { kind: "integer", min: 1, max: 12 },
    layout: { kind: "categorical", values: ["rows", "columns", "blocks"] },
  },
});
const points = space.list()!;
const directions = new Directions(space);

interface Verdict {
  /** Mean over seeds of the share of the space on the right side of even odds. */
  readonly right: number;
  readonly meanChance: number;
}

function verdictOn(fails: (c: Configuration) => boolean, trials: number): Verdict {
  const failed = points.map((point) => fails(space.configurationOf(point)));
  let [right, sum] = [0, 0];
  const seeds = 4;
  for (let seed = 0; seed < seeds; seed++) {
    const random = Random.of(seed);
    const order = random.shuffle(Array.from(points.keys()));
    const told = order.map((i) => ({ point: points[i]!, isFailed: failed[i]! }));
    const known = trials >> 1;
    const ensemble = new RuleEnsemble(directions, told.slice(0, known), random);
    for (const trial of told.slice(known, trials)) ensemble.learn(trial);
    const chances = ensemble.chances(directions.columnsOf(points), points.length);
    expect(chances[5]).toBeCloseTo(ensemble.chance(points[5]!), 12);
    chances.forEach((chance, i) => {
      right += Number(chance < 0.5 === failed[i]) / (points.length * seeds);
      sum += chance / (points.length * seeds);
    });
  }
  return { right, meanChance: sum };
}

describe("RuleEnsemble", () => {
  it.each<[string, (c: Configuration) => boolean]>([
    ["a product", ({ tile, unroll }) => Number(tile) * Number(unroll) > 32],
    ["a sum", ({ unroll, width }) => Number(unroll) + Number(width) > 12],
    ["a divisor", ({ unroll, width }) => Number(width) % Number(unroll) !== 0],
    ["a category from a size on", ({ layout, tile }) => layout === "blocks" && Number(tile) > 2],
    [
      "two of them",
      ({ layout, tile, width }) =>
        (layout === "rows" && Number(width) > 8) || Number(tile) * Number(width) > 128,
    ],
  ])("learns %s", (_shape, fails) => {
    const share = points.filter((point) => fails(space.configurationOf(point))).length;
    // Saying the more frequent of the two everywhere.
    const guess = Math.max(share, points.length - share) / points.length;
    const { right } = verdictOn(fails, 60);
    expect(1 - right).toBeLessThan(0.35 * (1 - guess) + 0.02);
  });

  it("expects what is frequent where failures have no pattern", () => {
    const random = Random.of(9);
    const specks = new Map(points.map((point) => [point.join(), random.next() < 0.3]));
    const { meanChance } = verdictOn((c) => specks.get(space.pointOf(c).join())!, 150);
    expect(meanChance).toBeGreaterThan(0.55);
    expect(meanChance).toBeLessThan(0.85);
  });

  it("expects results where nothing failed", () => {
    expect(verdictOn(() => false, 40).meanChance).toBeCloseTo(1, 1);
  });
});
