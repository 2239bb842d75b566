// Every optimizer against its published formula over several steps of a net whose gradient is worked out by hand: plain,
// with packed parameters, with both kinds of weight decay, clipped, averaged, and with a schedule.
import { describe, expect, test } from "vitest";
import { tensorFrom, type TensorMap } from "../src/graph/tensor.ts";
import type { JsonObject } from "../src/model/config.ts";
import { packState, unpackState } from "../src/model/layout.ts";
import * as table from "../src/optimizers/table.ts";
import { evaluate, toReferences, type RefMap } from "../src/reference/evaluate.ts";
import type { Clip } from "../src/train/clip.ts";
import { initialTrainState } from "../src/train/initial-state.ts";
import { trainStep, type TrainOptions } from "../src/train/train-step.ts";
import { netData, netGradient, netParameters, netSpec, netStart, sizes } from "./two-layer-net.ts";
import type { Values } from "./two-layer-net.ts";
import * as published from "./published-updates.ts";
import type { PublishedUpdate } from "./published-updates.ts";

interface Case {
  readonly optimizer: JsonObject & { readonly name: string; readonly learningRate: number };
  readonly update: PublishedUpdate;
}

const cases: Readonly<Record<string, Case>> = {
  sgd: { optimizer: { name: "sgd", learningRate: 0.3 }, update: published.sgd },
  momentum: {
    optimizer: { name: "momentum", learningRate: 0.1 },
    update: published.momentum(0.9, false),
  },
  nesterov: {
    optimizer: { name: "nesterov", learningRate: 0.1, momentum: 0.8 },
    update: published.momentum(0.8, true),
  },
  adagrad: {
    optimizer: { name: "adagrad", learningRate: 0.2 },
    update: published.adagrad(0, 1e-10),
  },
  "adagrad from 0.1": {
    optimizer: { name: "adagrad", learningRate: 0.2, initialAccumulator: 0.1, epsilon: 1e-3 },
    update: published.adagrad(0.1, 1e-3),
  },
  rmsprop: {
    optimizer: { name: "rmsprop", learningRate: 0.02 },
    update: published.rmsprop(0.9, 1e-8, 0, false),
  },
  "rmsprop centered": {
    optimizer: { name: "rmsprop", learningRate: 0.02, centered: true, rho: 0.8, epsilon: 1e-3 },
    update: published.rmsprop(0.8, 1e-3, 0, true),
  },
  "rmsprop centered with momentum": {
    optimizer: { name: "rmsprop", learningRate: 0.01, centered: true, momentum: 0.7 },
    update: published.rmsprop(0.9, 1e-8, 0.7, true),
  },
  adam: {
    optimizer: { name: "adam", learningRate: 0.05 },
    update: published.adam(0.9, 0.999, 1e-8),
  },
  "adam with large epsilon": {
    optimizer: { name: "adam", learningRate: 0.05, beta1: 0.8, beta2: 0.9, epsilon: 0.1 },
    update: published.adam(0.8, 0.9, 0.1),
  },
  adamw: {
    optimizer: { name: "adamw", learningRate: 0.05, weightDecay: 0 },
    update: published.adam(0.9, 0.999, 1e-8),
  },
  lamb: {
    optimizer: { name: "lamb", learningRate: 0.05, weightDecay: 0 },
    update: published.lamb(0.9, 0.999, 1e-6),
  },
  lion: { optimizer: { name: "lion", learningRate: 0.03 }, update: published.lion(0.9, 0.99) },
};

const steps = 6;
const isFlat = { packBelowElements: 1000 };

/** Trains the net in the library: parameters and losses after each of the steps. */
function train(
  options: Omit<TrainOptions, "batch" | "loss">,
  data: RefMap = netData,
): { values: Values; state: TensorMap; losses: number[] } {
  const step = trainStep(netSpec, { ...options, batch: sizes.rows, loss: "meanSquaredError" });
  const given = Object.fromEntries(
    Object.entries(netParameters).map(([name, { shape }]) => [
      name,
      tensorFrom("f32", shape, netStart[name]!),
    ]),
  );
  let state: RefMap = toReferences(initialTrainState(step, 0, packState(step.layout, given)));
  const losses = Array.from({ length: steps }, () => {
    const run = evaluate(step.graph, data, state);
    state = run.state;
    return run.outputs["loss"]!.data[0]!;
  });
  const host = unpackState(step.layout, state as unknown as TensorMap);
  const values = Object.fromEntries(
    Object.keys(netParameters).map((name) => [name, [...host[name]!.data]]),
  );
  return { values, state: host, losses };
}

interface Course {
  readonly update: PublishedUpdate;
  readonly learningRate: (t: number) => number;
  readonly decoupled?: number;
  readonly coupled?: number;
  readonly clip?: (gradient: Record<string, number[]>) => Record<string, number[]>;
}

/** Trains it by the published formula. */
function trainByHand({ update, learningRate, decoupled = 0, coupled = 0, clip }: Course): {
  values: Values;
  history: Values[];
  losses: number[];
} {
  let values: Values = netStart;
  const history: Values[] = [];
  const losses: number[] = [];
  const memories = Object.fromEntries(Object.keys(netParameters).map((name) => [name, {}]));
  for (let t = 1; t <= steps; t++) {
    const { loss, gradient } = netGradient(values);
    losses.push(loss);
    const clipped = clip?.(gradient) ?? gradient;
    const before = values;
    values = Object.fromEntries(
      Object.entries(netParameters).map(([name, { isDecayed }]) => {
        const w = before[name]!;
        const rate = isDecayed ? coupled : 0;
        const g = clipped[name]!.map((value, i) => value + rate * w[i]!);
        const decay = isDecayed ? decoupled : 0;
        return [name, update({ w, g, t, lr: learningRate(t), memory: memories[name]!, decay })];
      }),
    );
    history.push(values);
  }
  return { values, history, losses };
}

// The library rounds its constants to f32, a relative error of 6e-8 each; everything else here is float64.
const tolerance = 2e-6;

function expectSame(actual: Values, expected: Values): void {
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => {
      const error = Math.abs(actual[name]![i]! - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}[${i}]`).toBeLessThan(tolerance);
    });
  }
}

test("there is a case for every optimizer", () => {
  const covered = new Set(Object.values(cases).map(({ optimizer }) => optimizer.name));
  expect([...covered].sort()).toEqual(Object.keys(table).sort());
});

describe.each(Object.entries(cases))("%s", (_, { optimizer, update }) => {
  const learningRate = (): number => optimizer.learningRate;

  test("follows its paper, packed or not", () => {
    const expected = trainByHand({ update, learningRate });
    for (const options of [{ optimizer }, { optimizer, ...isFlat }]) {
      const { values, losses } = train(options);
      expectSame(values, expected.values);
      expectSame({ losses }, { losses: expected.losses });
    }
    // The steps must move the weights by far more than the tolerance, or the test would see nothing.
    const moved = Math.abs(expected.values["out/kernel"]![0]! - netStart["out/kernel"]![0]!);
    expect(moved).toBeGreaterThan(0.01);
  });

  test("decays kernels and no biases, coupled and decoupled, packed or not", () => {
    const course = { update, learningRate };
    const coupled = trainByHand({ ...course, coupled: 0.2 }).values;
    const decoupled = trainByHand({ ...course, decoupled: 0.2 }).values;
    for (const flat of [{}, isFlat]) {
      const decayed = { ...optimizer, weightDecay: 0.2 };
      expectSame(
        train({ optimizer: { ...decayed, decoupledDecay: false }, ...flat }).values,
        coupled,
      );
      expectSame(
        train({ optimizer: { ...decayed, decoupledDecay: true }, ...flat }).values,
        decoupled,
      );
    }
    const difference = coupled["out/kernel"]!.map(
      (value, i) => value - decoupled["out/kernel"]![i]!,
    );
    if (optimizer.name !== "sgd") expect(Math.hypot(...difference)).toBeGreaterThan(1e-3);
  });

  test("keeps an average of the weights", () => {
    const { history } = trainByHand({ update, learningRate });
    let average: Values = netStart;
    for (const values of history) {
      average = Object.fromEntries(
        Object.entries(average).map(([name, old]) => [
          name,
          old.map((value, i) => 0.8 * value + 0.2 * values[name]![i]!),
        ]),
      );
    }
    for (const flat of [{}, isFlat]) {
      const { state } = train({ optimizer, ema: { decay: 0.8 }, ...flat });
      const names = Object.keys(netParameters);
      const found = names.map((name) => [name, [...state[`ema/${name}`]!.data]] as const);
      expectSame(Object.fromEntries(found), average);
    }
  });
});

describe("clipping", () => {
  const norm = (values: readonly number[]): number => Math.hypot(...values);
  const scaled = (values: readonly number[], factor: number): number[] =>
    values.map((value) => value * factor);
  const mapped = (
    gradient: Record<string, number[]>,
    change: (values: number[]) => number[],
  ): Record<string, number[]> =>
    Object.fromEntries(Object.entries(gradient).map(([name, values]) => [name, change(values)]));
  const rules: readonly (readonly [Clip, NonNullable<Course["clip"]>])[] = [
    [
      { kind: "value", bound: 0.1 },
      (gradient) =>
        mapped(gradient, (values) => values.map((value) => Math.max(-0.1, Math.min(0.1, value)))),
    ],
    [
      { kind: "norm", bound: 0.3 },
      (gradient) => mapped(gradient, (values) => scaled(values, Math.min(1, 0.3 / norm(values)))),
    ],
    [
      { kind: "globalNorm", bound: 0.4 },
      (gradient) => {
        const whole = norm(Object.values(gradient).flat());
        return mapped(gradient, (values) => scaled(values, Math.min(1, 0.4 / whole)));
      },
    ],
  ];

  test.each(rules)("%o", (clip, byHand) => {
    for (const name of ["sgd", "adagrad"]) {
      const { optimizer, update } = cases[name]!;
      const course = { update, learningRate: () => optimizer.learningRate };
      const expected = trainByHand({ ...course, clip: byHand }).values;
      for (const flat of [{}, isFlat])
        expectSame(train({ optimizer, clip, ...flat }).values, expected);
      const free = trainByHand(course).values;
      const moved = expected["out/kernel"]!.map((value, i) => value - free["out/kernel"]![i]!);
      expect(norm(moved), "clipping must matter").toBeGreaterThan(1e-2);
    }
  });

  test("a bound above every gradient changes nothing", () => {
    const { optimizer } = cases["adam"]!;
    const free = train({ optimizer }).values;
    for (const kind of ["value", "norm", "globalNorm"] as const) {
      expectSame(train({ optimizer, clip: { kind, bound: 1e6 } }).values, free);
    }
  });
});

test("a schedule sets the rate of each step, of decay too", () => {
  const learningRate = { name: "exponential", initial: 0.2, rate: 0.5, steps: 1 };
  for (const flat of [{}, isFlat]) {
    const byHand = (t: number): number => 0.2 * 0.5 ** (t - 1);
    expectSame(
      train({ optimizer: { name: "sgd", learningRate }, ...flat }).values,
      trainByHand({ update: published.sgd, learningRate: byHand }).values,
    );
    for (const name of ["adam", "rmsprop", "lamb", "lion"] as const) {
      const optimizer = { ...cases[name]!.optimizer, learningRate, weightDecay: 0.1 };
      expectSame(
        train({ optimizer: { ...optimizer, decoupledDecay: true }, ...flat }).values,
        trainByHand({ update: cases[name]!.update, learningRate: byHand, decoupled: 0.1 }).values,
      );
    }
  }
});

test("an element without gradients stays put, and its step is never NaN", () => {
  const still = { x: { ...netData.x, data: netData.x.data.map(() => 0) }, y: netData.y };
  for (const { optimizer } of Object.values(cases)) {
    const { values } = train({ optimizer }, still);
    expectSame({ kernel: values["hidden/kernel"]! }, { kernel: netStart["hidden/kernel"]! });
    for (const list of Object.values(values)) expect(list.every(Number.isFinite)).toBe(true);
  }
});

test("lamb looks at whole parameters, so it refuses a layout that packs them", () => {
  const options = { batch: sizes.rows, loss: "meanSquaredError" } as const;
  const { layout } = trainStep(netSpec, { ...options, optimizer: "adam", ...isFlat });
  expect(() => trainStep(netSpec, { ...options, optimizer: "lamb", layout })).toThrow(
    'layout: every parameter must have its own slot for an optimizer that looks at whole parameters, got "packed~0" of 4',
  );
});

describe("PyTorch 2.15, float64, gives the same weights", () => {
  // out/kernel and hidden/bias after six steps of the same net from the same start; decay on kernels only.
  const cycle = { name: "oneCycle", peak: 0.1, steps: 6 };
  test.each<readonly [string, Omit<TrainOptions, "batch" | "loss">, readonly number[]]>([
    [
      "SGD(momentum)",
      { optimizer: { name: "momentum", learningRate: 0.1 } },
      [
        -1.02680453, 1.12732133, -0.681775808, 0.428589816, -0.261200438, -0.297033729, 0.808131523,
        -0.907232151, 0.901968749, -0.917435048, -0.717634888, 0.478455742, 0.061603961,
        -0.252172504, 0.921131689,
      ],
    ],
    [
      "SGD(nesterov)",
      { optimizer: { name: "nesterov", learningRate: 0.1, momentum: 0.8 } },
      [
        -1.0301048, 1.11381987, -0.709262536, 0.466005736, -0.234073906, -0.311308415, 0.792518979,
        -0.921875974, 0.921893351, -0.900341919, -0.713701898, 0.47855251, 0.0494378769,
        -0.279527566, 0.886120968,
      ],
    ],
    [
      "Adagrad",
      { optimizer: { name: "adagrad", learningRate: 0.2 } },
      [
        -1.06975645, 1.04244145, -0.55206583, 0.412400591, -0.26506349, -0.0762202694, 0.645909583,
        -0.539035102, 0.853506603, -0.844575612, -0.681018243, 0.467821967, 0.136548954,
        -0.300630218, 1.00778729,
      ],
    ],
    [
      "RMSprop(centered, momentum)",
      { optimizer: { name: "rmsprop", learningRate: 0.01, centered: true, momentum: 0.7 } },
      [
        -1.21866875, 1.13318994, -0.619918567, 0.452597601, -0.295845727, -0.129027856, 0.823854446,
        -0.858942389, 0.88481138, -0.903101869, -0.607971009, 0.554493254, 0.069716308,
        -0.241212223, 0.959003169,
      ],
    ],
    [
      "Adam(weight_decay)",
      { optimizer: { name: "adam", learningRate: 0.05, weightDecay: 0.2 } },
      [
        -0.668679623, 0.687620248, -0.532944474, 0.258443545, -0.319165187, -0.0944911337,
        0.409892447, -0.649786004, 0.703097315, -0.555113904, -0.596291181, 0.275583284,
        0.195261904, -0.163977308, 1.05065589,
      ],
    ],
    [
      "AdamW(weight_decay)",
      { optimizer: { name: "adamw", learningRate: 0.05, weightDecay: 0.2 } },
      [
        -1.15164293, 1.08812525, -0.531210815, 0.401831787, -0.333620869, -0.0650383385,
        0.799192158, -0.813130102, 0.812749402, -0.845918059, -0.621814709, 0.542688193,
        0.0852097086, -0.208304527, 0.995031559,
      ],
    ],
    [
      "SGD, clip_grad_norm_",
      { optimizer: { name: "sgd", learningRate: 0.3 }, clip: { kind: "globalNorm", bound: 0.4 } },
      [
        -1.02665275, 1.09713995, -0.754735606, 0.490818685, -0.190424535, -0.327469057, 0.782425135,
        -0.938611999, 0.950488656, -0.901914767, -0.704422461, 0.444506403, 0.0442871399,
        -0.321532801, 0.846783463,
      ],
    ],
    [
      "Adam, OneCycleLR",
      { optimizer: { name: "adam", learningRate: cycle } },
      [
        -1.19282756, 1.1446692, -0.599140792, 0.346353763, -0.315877707, -0.104511947, 0.876454298,
        -0.814896877, 0.819662773, -0.95308114, -0.597278748, 0.393905287, 0.149953833,
        -0.255127816, 0.973857415,
      ],
    ],
  ])("%s", (_, options, expected) => {
    for (const flat of [{}, isFlat]) {
      const { values } = train({ ...options, ...flat });
      const found = [...values["out/kernel"]!, ...values["hidden/bias"]!];
      expectSame({ found }, { found: expected });
    }
  });
});
