// Learning rates of every schedule, step by step, against the published formulas in plain arithmetic.
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../graph/builder.ts";
import type { NamedConfig } from "../model/config.ts";
import { evaluate } from "../reference/evaluate.ts";
import { configureSchedule } from "./schedule.ts";

/** Rates at steps 0 .. count - 1 as the graph computes them. */
function rates(schedule: NamedConfig, count: number): number[] {
  const builder = new GraphBuilder("rate");
  const rate = configureSchedule(schedule)(builder.input("t", "f32", []));
  builder.output("rate", typeof rate === "number" ? builder.scalar(rate, "f32") : rate);
  const graph = builder.build();
  return Array.from({ length: count }, (_, t) => {
    const at = { dtype: "f32", shape: [], data: Float64Array.of(t) } as const;
    return evaluate(graph, { t: at }).outputs["rate"]!.data[0]!;
  });
}

/** Constants of a schedule are rounded to f32, a relative error of 6e-8 each, and add up to numbers of up to the peak. */
function expectRates(schedule: NamedConfig, formula: (t: number) => number, count = 25): void {
  const expected = Array.from({ length: count }, (_, t) => formula(t));
  const tolerance = 2e-7 * Math.max(...expected);
  rates(schedule, count).forEach((rate, t) => {
    const error = Math.abs(rate - expected[t]!);
    expect(error, `step ${t}: ${rate}, expected ${expected[t]}`).toBeLessThan(tolerance);
  });
}

/** From a at share 0 to b at share 1 along half a cosine, as PyTorch's OneCycleLR anneals. */
function annealed(a: number, b: number, share: number): number {
  return b + ((a - b) / 2) * (1 + Math.cos(Math.PI * share));
}

test("constant", () => {
  expectRates({ name: "constant", learningRate: 0.3 }, () => 0.3);
});

test("step: a factor every so many steps", () => {
  expectRates({ name: "step", initial: 0.5, every: 4 }, (t) => 0.5 * 0.1 ** Math.floor(t / 4), 12);
  // PyTorch's StepLR documentation: lr = 0.05, step_size = 30, gamma = 0.1.
  const table = rates({ name: "step", initial: 0.05, every: 30 }, 100);
  for (const [t, rate] of [
    [0, 0.05],
    [29, 0.05],
    [30, 0.005],
    [59, 0.005],
    [60, 0.0005],
  ] as const) {
    expect(table[t]).toBeCloseTo(rate, 8);
  }
});

test("piecewise: a value between boundaries", () => {
  const schedule = { name: "piecewise", boundaries: [2, 5], values: [1, 0.5, 0.25] };
  expect(rates(schedule, 7)).toEqual([1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);
  expect(() => configureSchedule({ ...schedule, values: [1] })).toThrow(
    "schedule piecewise: boundaries must rise and values must be one more and >= 0, got [2,5] and [1]",
  );
});

test("exponential, smooth and by stairs", () => {
  const schedule = { name: "exponential", initial: 0.1, rate: 0.96, steps: 10 };
  expectRates(schedule, (t) => 0.1 * 0.96 ** (t / 10));
  expectRates({ ...schedule, staircase: true }, (t) => 0.1 * 0.96 ** Math.floor(t / 10));
});

test("cosine: Loshchilov and Hutter 2017, equation 5", () => {
  expectRates({ name: "cosine", initial: 0.4, final: 0.1, steps: 20 }, (t) =>
    annealed(0.4, 0.1, Math.min(t / 20, 1)),
  );
  const [first, , , , half, , , , last] = rates({ name: "cosine", initial: 1, steps: 8 }, 9);
  expect([first, half, last]).toEqual([1, expect.closeTo(0.5, 7), expect.closeTo(0, 7)]);
});

test("polynomial", () => {
  const schedule = { name: "polynomial", initial: 0.4, final: 0.1, steps: 10 };
  expectRates(schedule, (t) => 0.3 * (1 - Math.min(t / 10, 1)) + 0.1);
  expectRates({ ...schedule, power: 2 }, (t) => 0.3 * (1 - Math.min(t / 10, 1)) ** 2 + 0.1);
});

describe("warm-up", () => {
  test("rises linearly and stays", () => {
    expectRates({ name: "warmup", peak: 0.8, steps: 4 }, (t) => 0.8 * Math.min((t + 1) / 4, 1));
  });

  test("hands over to another schedule, which counts from there", () => {
    const after = { name: "cosine", initial: 0.8, steps: 10 };
    expectRates({ name: "warmup", peak: 0.8, steps: 4, after }, (t) =>
      t < 4 ? (0.8 * (t + 1)) / 4 : annealed(0.8, 0, Math.min((t - 4) / 10, 1)),
    );
    expectRates({ name: "warmup", peak: 0.8, steps: 4, after: 0.2 }, (t) =>
      t < 4 ? (0.8 * (t + 1)) / 4 : 0.2,
    );
  });
});

test("one cycle: up over the first share, down over the rest, both by half a cosine", () => {
  const schedule = { name: "oneCycle", peak: 1, steps: 11 };
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=11), PyTorch 2.15, in float64.
  const expected = [
    0.04, 0.4223411137347358, 0.9602614247226174, 0.9797465678213015, 0.8844757247686303,
    0.7260870492975283, 0.5305827080875998, 0.3300580289872949, 0.15743251279950787,
    0.041045543206290856, 4e-6, 4e-6,
  ];
  expectRates(schedule, (t) => expected[t]!, expected.length);
  // One step of 11 is no time to rise: it starts at the peak.
  const falling = (t: number): number => annealed(1, 4e-6, Math.min(t / 10, 1));
  expectRates({ ...schedule, warmupShare: 1 / 11 }, falling);
});

test("bad schedules are named", () => {
  expect(() => configureSchedule("cyclic")).toThrow(
    'schedule: name must be one of constant, cosine, exponential, oneCycle, piecewise, polynomial, step, warmup, got "cyclic"',
  );
  expect(() => configureSchedule({ name: "cosine", initial: 1, steps: 0 })).toThrow(
    "schedule cosine: steps must be an integer >= 1, got 0",
  );
});
