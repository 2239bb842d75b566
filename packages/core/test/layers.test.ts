// All layers without windows against plain loops, with gradients checked by differences; and their refusals.
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/model/config.ts";
import { lowerModel } from "../src/model/lower.ts";
import * as layers from "../src/layers/table.ts";
import type { RefMap } from "../src/reference/evaluate.ts";
import { expectTensor, layerModel, runLayer } from "./layer-run.ts";
import { at, fill, indicesOf, permuted, type Plain } from "./naive.ts";

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe("dense", () => {
  test.each<readonly [JsonObject, readonly number[]]>([
    [{ units: 3 }, [4]],
    [{ units: 1 }, [1]],
    [{ units: 2 }, [3, 2, 4]],
    [{ units: 5, useBias: false }, [2, 3]],
    [{ units: 3, activation: { name: "leakyRelu", alpha: 0.1 } }, [4]],
  ])("%o of %o", (config, shape) => {
    const { inputs, parameters, output } = runLayer("dense", config, [shape]);
    const [x, kernel, bias] = [inputs[0]!, parameters["kernel"]!, parameters["bias"]];
    const units = Number(config["units"]);
    const expected = fill([...x.shape.slice(0, -1), units], (index) => {
      const unit = index.at(-1)!;
      const sum = total(
        Array.from(
          { length: shape.at(-1)! },
          (_, k) => at(x, [...index.slice(0, -1), k]) * at(kernel, [k, unit]),
        ),
      );
      const value = sum + (bias === undefined ? 0 : bias.data[unit]!);
      return config["activation"] === undefined || value > 0 ? value : value * Math.fround(0.1);
    });
    expectTensor(output, expected);
  });
});

test("embedding picks rows, of any shape of indices", () => {
  for (const shape of [[4], [2, 3]]) {
    const { inputs, parameters, output } = runLayer(
      "embedding",
      { inputDim: 5, outputDim: 3 },
      [shape],
      { dtype: "i32", ranges: { x: { low: 0, high: 5 } } },
    );
    const x = inputs[0]!;
    const table = parameters["embeddings"]!;
    const expected = fill([...x.shape, 3], (index) =>
      at(table, [at(x, index.slice(0, -1)), index.at(-1)!]),
    );
    expectTensor(output, expected);
  }
});

describe("normalisation", () => {
  const epsilon = 0.125;
  // Above 0, as variances are.
  const ranges = { movingVariance: { low: 0.5, high: 2 } };

  function scaleAndShift({ gamma, beta }: RefMap): { gamma: Plain; beta: Plain } {
    return { gamma: gamma!, beta: beta! };
  }

  /** Normalises the elements that share a key, then scales and shifts by the parameters' place. */
  function normalised(
    x: Plain,
    keyOf: (index: number[]) => string,
    placeOf: (index: number[]) => number[],
    { gamma, beta }: { gamma: Plain; beta: Plain },
  ): Plain {
    const groups = new Map<string, number[]>();
    for (const index of indicesOf(x.shape)) {
      groups.set(keyOf(index), [...(groups.get(keyOf(index)) ?? []), at(x, index)]);
    }
    return fill(x.shape, (index) => {
      const group = groups.get(keyOf(index))!;
      const mean = total(group) / group.length;
      const variance = total(group.map((value) => (value - mean) ** 2)) / group.length;
      const place = placeOf(index);
      return (
        ((at(x, index) - mean) / Math.sqrt(variance + epsilon)) * at(gamma, place) + at(beta, place)
      );
    });
  }

  test.each([
    [-1, [4]],
    [-1, [2, 3, 4]],
    [2, [3, 2, 4]],
    [1, [3, 2]],
  ])("layerNorm from axis %d of %o", (axis, shape) => {
    const { inputs, parameters, output } = runLayer("layerNorm", { axis, epsilon }, [shape]);
    const start = axis < 0 ? shape.length + 1 + axis : axis;
    const { gamma, beta } = scaleAndShift(parameters);
    const expected = normalised(
      inputs[0]!,
      (index) => index.slice(0, start).join(),
      (index) => index.slice(start),
      { gamma, beta },
    );
    expectTensor(output, expected);
  });

  test.each([
    [1, [4, 3]],
    [2, [4, 2, 3]],
    [4, [4]],
  ])("groupNorm in %d groups of %o", (groups, shape) => {
    const { inputs, parameters, output } = runLayer("groupNorm", { groups, epsilon }, [shape]);
    const { gamma, beta } = scaleAndShift(parameters);
    const size = shape[0]! / groups;
    const expected = normalised(
      inputs[0]!,
      ([row, channel]) => `${row} ${Math.floor(channel! / size)}`,
      ([, channel]) => [channel!],
      { gamma, beta },
    );
    expectTensor(output, expected);
  });

  test.each([[[3]], [[3, 4]], [[2, 3, 2]]])("batchNorm of %o, training and inference", (shape) => {
    const config = { epsilon, momentum: 0.75 };
    const trained = runLayer("batchNorm", config, [shape], { mode: "training", batch: 5, ranges });
    const { gamma, beta } = scaleAndShift(trained.parameters);
    const [movingMean, movingVariance] = ["movingMean", "movingVariance"].map(
      (name) => trained.parameters[name]!,
    );
    const x = trained.inputs[0]!;
    const channelOf = ([, channel]: number[]): number[] => [channel!];
    const expected = normalised(x, (index) => `${index[1]}`, channelOf, { gamma, beta });
    // 1 / count is rounded to f32.
    expectTensor(trained.output, expected, 1e-7);
    // The averages follow the batch's mean and biased variance.
    for (let c = 0; c < shape[0]!; c++) {
      const values = indicesOf(x.shape)
        .filter((index) => index[1] === c)
        .map((index) => at(x, index));
      const mean = total(values) / values.length;
      const variance = total(values.map((value) => (value - mean) ** 2)) / values.length;
      const next = [trained.next["movingMean"]!.data[c], trained.next["movingVariance"]!.data[c]];
      expect(next[0]).toBeCloseTo(0.75 * movingMean!.data[c]! + 0.25 * mean, 6);
      expect(next[1]).toBeCloseTo(0.75 * movingVariance!.data[c]! + 0.25 * variance, 6);
    }
    const used = runLayer("batchNorm", config, [shape], { ranges });
    const fixed = fill(used.inputs[0]!.shape, (index) => {
      const c = index[1]!;
      const { gamma: g, beta: b, movingMean: m, movingVariance: v } = used.parameters;
      const scaled = (at(used.inputs[0]!, index) - m!.data[c]!) / Math.sqrt(v!.data[c]! + epsilon);
      return scaled * g!.data[c]! + b!.data[c]!;
    });
    expectTensor(used.output, fixed);
    expect(used.next["movingMean"]).toEqual(used.parameters["movingMean"]);
  });

  test("without scale and shift, and channels last", () => {
    const config = { epsilon, center: false, scale: false, dataFormat: "channelsLast", groups: 1 };
    const { inputs, parameters, output } = runLayer("groupNorm", config, [[2, 3, 4]]);
    expect(parameters).toEqual({});
    const one = { shape: [1], data: [1] };
    const nothing = { shape: [1], data: [0] };
    const expected = normalised(
      inputs[0]!,
      ([row]) => `${row}`,
      () => [0],
      { gamma: one, beta: nothing },
    );
    expectTensor(output, expected);
    const batch = { epsilon, dataFormat: "channelsLast" };
    const last = runLayer("batchNorm", batch, [[2, 3, 2]], { mode: "training" });
    const { gamma, beta } = scaleAndShift(last.parameters);
    const byHand = normalised(
      last.inputs[0]!,
      (index) => `${index[3]}`,
      (index) => [index[3]!],
      { gamma, beta },
    );
    expectTensor(last.output, byHand, 1e-7);
  });
});

describe("joining", () => {
  const merges: Readonly<Record<string, (values: readonly number[]) => number>> = {
    add: total,
    multiply: (values) => values.reduce((product, value) => product * value, 1),
    average: (values) => total(values) / values.length,
    maximum: (values) => Math.max(...values),
    minimum: (values) => Math.min(...values),
  };

  test.each(Object.entries(merges))("%s of two and of three", (kind, merge) => {
    for (const count of [2, 3]) {
      const shapes = Array.from({ length: count }, () => [2, 3]);
      const { inputs, output } = runLayer(kind, {}, shapes);
      const expected = fill([2, 2, 3], (index) => merge(inputs.map((input) => at(input, index))));
      expectTensor(output, expected, 1e-7);
    }
  });

  test("subtract, and concat along every axis", () => {
    const { inputs, output } = runLayer("subtract", {}, [[3], [3]]);
    expectTensor(
      output,
      fill([2, 3], (index) => at(inputs[0]!, index) - at(inputs[1]!, index)),
    );
    for (const axis of [-1, 1, 2]) {
      const along = axis === -1 ? 2 : axis;
      const sizes = [2, 3, 1];
      const shapes = sizes.map((size) => (along === 1 ? [size, 4] : [4, size]));
      const joined = runLayer("concat", { axis }, shapes);
      const expected = fill(along === 1 ? [2, 6, 4] : [2, 4, 6], (index) => {
        const source = [...index];
        let input = 0;
        while (source[along]! >= sizes[input]!) source[along]! -= sizes[input++]!;
        return at(joined.inputs[input]!, source);
      });
      expectTensor(joined.output, expected);
    }
  });
});

describe("shape", () => {
  test("flatten, reshape and permute", () => {
    const flat = runLayer("flatten", {}, [[2, 3, 2]]);
    expectTensor(flat.output, { shape: [2, 12], data: flat.inputs[0]!.data });
    const shaped = runLayer("reshape", { targetShape: [3, -1] }, [[2, 6]]);
    expectTensor(shaped.output, { shape: [2, 3, 4], data: shaped.inputs[0]!.data });
    const turned = runLayer("permute", { dims: [3, 1, 2] }, [[2, 3, 4]]);
    expectTensor(turned.output, permuted(turned.inputs[0]!, [0, 3, 1, 2]));
  });

  test.each<readonly [string, JsonObject, readonly number[], readonly number[], readonly number[]]>(
    [
      ["pad1d", {}, [2, 3], [0, 0, 1], [2, 2, 5]],
      [
        "pad2d",
        {
          padding: [
            [0, 2],
            [1, 0],
          ],
          value: 0.5,
        },
        [1, 2, 3],
        [0, 0, 0, 1],
        [2, 1, 4, 4],
      ],
      ["pad2d", { padding: 2, dataFormat: "channelsLast" }, [1, 2, 3], [0, 2, 2, 0], [2, 5, 6, 3]],
      ["pad3d", { padding: [1, 0, 2] }, [1, 1, 2, 1], [0, 0, 1, 0, 2], [2, 1, 3, 2, 5]],
    ],
  )("%s %o", (kind, config, shape, low, size) => {
    const { inputs, output } = runLayer(kind, config, [shape]);
    const border = Number(config["value"] ?? 0);
    expectTensor(
      output,
      fill(size, (index) =>
        at(
          inputs[0]!,
          index.map((i, axis) => i - low[axis]!),
          border,
        ),
      ),
    );
  });

  test.each<readonly [string, JsonObject, readonly number[], readonly number[]]>([
    ["upsample1d", {}, [2, 3], [1, 1, 2]],
    ["upsample2d", { size: [1, 3] }, [2, 2, 2], [1, 1, 1, 3]],
    ["upsample2d", { size: 2, dataFormat: "channelsLast" }, [2, 2, 3], [1, 2, 2, 1]],
    ["upsample3d", { size: 2 }, [1, 2, 1, 2], [1, 1, 2, 2, 2]],
  ])("%s %o repeats", (kind, config, shape, factors) => {
    const { inputs, output } = runLayer(kind, config, [shape]);
    const size = inputs[0]!.shape.map((length, axis) => length * factors[axis]!);
    const expected = fill(size, (index) =>
      at(
        inputs[0]!,
        index.map((i, axis) => Math.floor(i / factors[axis]!)),
      ),
    );
    expectTensor(output, expected);
  });

  test("upsample2d weighs neighbours", () => {
    const { inputs, output } = runLayer("upsample2d", { size: [2, 3], interpolation: "bilinear" }, [
      [1, 3, 2],
    ]);
    const x = inputs[0]!;
    /** The two neighbours of a place on an axis and the weight of the second. */
    const between = (
      i: number,
      factor: number,
      length: number,
    ): readonly [number, number, number] => {
      const center = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), length - 1);
      const low = Math.floor(center);
      return [low, Math.min(low + 1, length - 1), center - low];
    };
    const expected = fill([2, 1, 6, 6], ([row, channel, i, j]) => {
      const [top, bottom, down] = between(i!, 2, 3);
      const [left, right, across] = between(j!, 3, 2);
      const line = (y: number): number =>
        at(x, [row!, channel!, y, left]) * (1 - across) +
        at(x, [row!, channel!, y, right]) * across;
      return line(top) * (1 - down) + line(bottom) * down;
    });
    expectTensor(output, expected, 3e-7);
  });
});

describe("dropout", () => {
  test("is the identity at inference and drops the share asked for in training", () => {
    const still = runLayer("dropout", { rate: 0.4 }, [[5]]);
    expectTensor(still.output, still.inputs[0]!);
    const { inputs, output } = runLayer("dropout", { rate: 0.25 }, [[1000]], {
      mode: "training",
      skipsGradient: true,
      ranges: { x: { low: 1, high: 2 } },
    });
    const kept = [...output.data].filter((value) => value !== 0).length;
    // 2,000 coins of 0.75: standard deviation 19.
    expect(Math.abs(kept - 1500)).toBeLessThan(80);
    output.data.forEach((value, i) => {
      if (value !== 0) expect(value).toBeCloseTo(inputs[0]!.data[i]! / 0.75, 6);
    });
    expect(runLayer("dropout", { rate: 0 }, [[3]], { mode: "training" }).output.data).toEqual(
      runLayer("dropout", { rate: 0 }, [[3]]).output.data,
    );
  });

  test("passes the gradient where it passes the value", () => {
    runLayer("dropout", { rate: 0.5 }, [[6]], { mode: "training" });
  });
});

const gauss = (x: number): number => {
  // Phi by the trapezoid rule, 1e-12 and better at this step.
  const step = 1e-3;
  let sum = 0;
  for (let t = 0; t < Math.abs(x); t += step) {
    const width = Math.min(step, Math.abs(x) - t);
    sum +=
      (width / 6) *
      (Math.exp(-(t ** 2) / 2) +
        4 * Math.exp(-((t + width / 2) ** 2) / 2) +
        Math.exp(-((t + width) ** 2) / 2));
  }
  return 0.5 + (Math.sign(x) * sum) / Math.sqrt(2 * Math.PI);
};
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log(1 + Math.exp(x));

describe("activations by their published formulas", () => {
  const formulas: Readonly<Record<string, (x: number) => number>> = {
    linear: (x) => x,
    relu: (x) => Math.max(x, 0),
    relu6: (x) => Math.min(Math.max(x, 0), 6),
    leakyRelu: (x) => (x > 0 ? x : 0.2 * x),
    elu: (x) => (x > 0 ? x : Math.expm1(x)),
    selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    gelu: (x) => x * gauss(x),
    geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    silu: (x) => x * logistic(x),
    swish: (x) => x * logistic(x),
    softplus,
    softsign: (x) => x / (1 + Math.abs(x)),
    hardSigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
    hardSwish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    mish: (x) => x * Math.tanh(softplus(x)),
    tanh: Math.tanh,
    sigmoid: logistic,
    exponential: Math.exp,
  };

  test.each(Object.entries(formulas))("%s", (name, formula) => {
    const { inputs, output } = runLayer("activation", { activation: name }, [[7, 3]], {
      ranges: { x: { low: -5, high: 8 } },
    });
    // Constants such as 1/6 are rounded to f32.
    expectTensor(output, { ...inputs[0]!, data: inputs[0]!.data.map(formula) }, 3e-7);
  });

  test.each(["softmax", "logSoftmax"])("%s along any axis", (name) => {
    for (const axis of [-1, 1]) {
      const { inputs, output } = runLayer("activation", { activation: { name, axis } }, [[3, 4]]);
      const x = inputs[0]!;
      const expected = fill(x.shape, (index) => {
        const along = axis === -1 ? 2 : axis;
        const line = Array.from({ length: x.shape[along]! }, (_, i) => at(x, index.with(along, i)));
        const share = Math.exp(at(x, index)) / total(line.map(Math.exp));
        return name === "softmax" ? share : Math.log(share);
      });
      expectTensor(output, expected);
    }
  });
});

test.each<readonly [string, JsonObject, readonly (readonly number[])[], string]>([
  ["dense", { units: 2 }, [[]], 'layer "it" (dense): input must have 1 axis or more, got []'],
  ["dense", { units: 0 }, [[3]], 'layer "it" (dense): units must be an integer >= 1, got 0'],
  [
    "dense",
    { units: 2, activation: "rely" },
    [[3]],
    'layer "it" (dense): activation: name must be one of',
  ],
  ["add", {}, [[2, 3], [3]], 'layer "it" (add): '],
  ["add", {}, [[2]], 'layer "it" (add): must have 2 or more inputs, got 1'],
  ["subtract", {}, [[2], [2], [2]], 'layer "it" (subtract): must have 2 inputs, got 3'],
  [
    "concat",
    {},
    [
      [2, 3],
      [3, 3],
    ],
    'layer "it" (concat): inputs must have equal shapes but for axis -1, got [2,3], [3,3]',
  ],
  [
    "reshape",
    { targetShape: [4] },
    [[2, 3]],
    'layer "it" (reshape): targetShape must hold as many elements as the input, got input [2,3], targetShape [4]',
  ],
  [
    "permute",
    { dims: [1, 1] },
    [[2, 3]],
    'layer "it" (permute): dims must name each axis 1..2 of the input once, got input [2,3], dims [1,1]',
  ],
  [
    "layerNorm",
    { axis: 3 },
    [[2, 3]],
    'layer "it" (layerNorm): axis must be one of the input\'s after the batch, got axis 3, input [2,3]',
  ],
  [
    "groupNorm",
    { groups: 3 },
    [[4, 2]],
    'layer "it" (groupNorm): groups must divide the channels, got 3 groups, input [4,2]',
  ],
  ["batchNorm", {}, [[]], 'layer "it" (batchNorm): input must have a channel axis, got []'],
  [
    "embedding",
    { inputDim: 3, outputDim: 2 },
    [[4]],
    'layer "it" (embedding): input must be i32 indices, got f32; set the input\'s dtype',
  ],
  [
    "upsample2d",
    {},
    [[4]],
    'layer "it" (upsample2d): input must have a channel axis and 2 spatial axes, [c, ...spatial], got [4]',
  ],
  ["pad2d", { padding: "same" }, [[1, 2, 2]], 'layer "it" (pad2d): padding must be numbers'],
  [
    "dropout",
    { rate: 1 },
    [[2]],
    'layer "it" (dropout): rate must be a number >= 0 and < 1, got 1',
  ],
])("%s %o refuses %o", (kind, config, shapes, message) => {
  const spec = layerModel(kind, config, shapes);
  expect(() => lowerModel(spec, { batch: 1, mode: "inference" })).toThrow(message);
});

test("every layer kind is in these tests or in those of windows", () => {
  const windowed = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv1dTranspose",
    "conv2dTranspose",
    "conv3dTranspose",
  ];
  const pooled = ["1d", "2d", "3d"].flatMap((rank) => [`maxPool${rank}`, `avgPool${rank}`]);
  const here = [
    "dense",
    "embedding",
    "layerNorm",
    "groupNorm",
    "batchNorm",
    "add",
    "multiply",
    "average",
  ];
  const more = [
    "maximum",
    "minimum",
    "subtract",
    "concat",
    "flatten",
    "reshape",
    "permute",
    "dropout",
  ];
  const sizes = ["pad1d", "pad2d", "pad3d", "upsample1d", "upsample2d", "upsample3d", "activation"];
  const others = ["depthwiseConv2d", "globalMaxPool", "globalAvgPool", "input"];
  const covered = [...windowed, ...pooled, ...here, ...more, ...sizes, ...others];
  expect(covered.sort()).toEqual(Object.keys(layers).sort());
});
