// Convolution and pooling layers against loops over indices, with gradients checked by differences.
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/model/config.ts";
import { lowerModel } from "../src/model/lower.ts";
import { expectTensor, layerModel, runLayer } from "./layer-run.ts";
import { convolve, convolveTransposed, permuted, pool, type Plain, type Window } from "./naive.ts";

const ones = (rank: number): number[] => new Array<number>(rank).fill(1);
const zeros = (rank: number): number[] => new Array<number>(rank).fill(0);

function windowOf(size: readonly number[], more: Partial<Window> = {}): Window {
  const rank = size.length;
  const plain = { strides: ones(rank), dilations: ones(rank), low: zeros(rank), high: zeros(rank) };
  return { size, ...plain, ...more };
}

/** No bias. */
const none = (count: number): Plain => ({ shape: [count], data: zeros(count) });

describe("convolution", () => {
  test.each<readonly [string, JsonObject, readonly number[], Window, number]>([
    ["conv1d", { filters: 3, kernelSize: 3 }, [2, 7], windowOf([3]), 1],
    [
      "conv1d",
      { filters: 2, kernelSize: 3, padding: "causal", dilationRate: 2 },
      [3, 6],
      windowOf([3], { dilations: [2], low: [4] }),
      1,
    ],
    [
      "conv1d",
      { filters: 2, kernelSize: 4, padding: "same", strides: 3 },
      [1, 8],
      // ceil(8 / 3) = 3 windows reach over (3 - 1) 3 + 4 = 10 elements: 2 more than there are.
      windowOf([4], { strides: [3], low: [1], high: [1] }),
      1,
    ],
    ["conv2d", { filters: 4, kernelSize: 3 }, [2, 5, 4], windowOf([3, 3]), 1],
    [
      "conv2d",
      { filters: 2, kernelSize: [2, 3], padding: "same" },
      [2, 4, 5],
      // An even window puts its odd zero at the end.
      windowOf([2, 3], { low: [0, 1], high: [1, 1] }),
      1,
    ],
    [
      "conv2d",
      {
        filters: 4,
        kernelSize: 3,
        strides: [2, 1],
        padding: [
          [2, 0],
          [1, 3],
        ],
        groups: 2,
      },
      [4, 5, 5],
      windowOf([3, 3], { strides: [2, 1], low: [2, 1], high: [0, 3] }),
      2,
    ],
    [
      "conv2d",
      { filters: 3, kernelSize: 2, dilationRate: [2, 1], padding: 1 },
      [1, 5, 4],
      windowOf([2, 2], { dilations: [2, 1], low: [1, 1], high: [1, 1] }),
      1,
    ],
    ["conv2d", { filters: 2, kernelSize: 1 }, [3, 1, 1], windowOf([1, 1]), 1],
    [
      "conv3d",
      { filters: 2, kernelSize: [2, 1, 2], strides: [1, 2, 1] },
      [2, 3, 3, 3],
      windowOf([2, 1, 2], { strides: [1, 2, 1] }),
      1,
    ],
  ])("%s %o of %o", (kind, config, shape, window, groups) => {
    const { inputs, parameters, output } = runLayer(kind, config, [shape]);
    const { kernel, bias } = parameters;
    expectTensor(output, convolve(inputs[0]!, kernel!, bias!, window, groups));
  });

  test("depthwise: each channel on its own, several filters each", () => {
    const config = { kernelSize: [3, 2], depthMultiplier: 2, strides: 2 };
    const { inputs, parameters, output } = runLayer("depthwiseConv2d", config, [[3, 6, 5]]);
    const window = windowOf([3, 2], { strides: [2, 2] });
    expectTensor(
      output,
      convolve(inputs[0]!, parameters["kernel"]!, parameters["bias"]!, window, 3),
    );
  });

  test("channels last is the same with the axes turned, without a bias too", () => {
    const config = { filters: 3, kernelSize: 2, dataFormat: "channelsLast", useBias: false };
    const { inputs, parameters, output } = runLayer("conv2d", config, [[4, 5, 2]]);
    expect(Object.keys(parameters)).toEqual(["kernel"]);
    const first = permuted(inputs[0]!, [0, 3, 1, 2]);
    const expected = convolve(first, parameters["kernel"]!, none(3), windowOf([2, 2]));
    expectTensor(output, permuted(expected, [0, 2, 3, 1]));
  });

  test("an activation comes last", () => {
    const config = { filters: 2, kernelSize: 2, activation: "tanh" };
    const { inputs, parameters, output } = runLayer("conv1d", config, [[2, 5]]);
    const sums = convolve(inputs[0]!, parameters["kernel"]!, parameters["bias"]!, windowOf([2]));
    expectTensor(output, { ...sums, data: Array.from(sums.data, Math.tanh) });
  });
});

describe("transposed convolution", () => {
  test.each<readonly [string, JsonObject, readonly number[], Window, readonly number[]]>([
    ["conv1dTranspose", { filters: 2, kernelSize: 3 }, [2, 4], windowOf([3]), [6]],
    [
      "conv2dTranspose",
      { filters: 2, kernelSize: [3, 2], strides: [2, 3] },
      [3, 2, 3],
      // The window [.., 2] is smaller than its stride 3: the size still grows by the stride.
      windowOf([3, 2], { strides: [2, 3] }),
      [5, 9],
    ],
    [
      "conv2dTranspose",
      { filters: 2, kernelSize: 3, strides: 2, padding: "same" },
      [1, 3, 2],
      // The gradient of a "same" convolution of [6, 4]: 1 zero more than none, at the end.
      windowOf([3, 3], { strides: [2, 2], low: [0, 0], high: [1, 1] }),
      [6, 4],
    ],
    [
      "conv2dTranspose",
      { filters: 1, kernelSize: 3, strides: 2, padding: 1, outputPadding: 1 },
      [2, 3, 3],
      windowOf([3, 3], { strides: [2, 2], low: [1, 1], high: [1, 1] }),
      [6, 6],
    ],
    [
      "conv3dTranspose",
      { filters: 2, kernelSize: 2, dilationRate: 2 },
      [1, 2, 2, 2],
      windowOf([2, 2, 2], { dilations: [2, 2, 2] }),
      [4, 4, 4],
    ],
  ])("%s %o of %o", (kind, config, shape, window, size) => {
    const { inputs, parameters, output } = runLayer(kind, config, [shape]);
    const { kernel, bias } = parameters;
    expectTensor(output, convolveTransposed(inputs[0]!, kernel!, bias!, window, size));
  });
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("pooling", () => {
  test.each<readonly [string, JsonObject, readonly number[], Window]>([
    ["1d", {}, [2, 6], windowOf([2], { strides: [2] })],
    [
      "1d",
      { poolSize: 3, strides: 1, padding: "same" },
      [1, 5],
      windowOf([3], { low: [1], high: [1] }),
    ],
    ["2d", {}, [2, 4, 6], windowOf([2, 2], { strides: [2, 2] })],
    ["2d", { poolSize: [3, 2], strides: [1, 2] }, [1, 5, 5], windowOf([3, 2], { strides: [1, 2] })],
    [
      "2d",
      { poolSize: 3, strides: 2, padding: 1 },
      [2, 5, 4],
      windowOf([3, 3], { strides: [2, 2], low: [1, 1], high: [1, 1] }),
    ],
    ["3d", { poolSize: 2 }, [1, 4, 2, 2], windowOf([2, 2, 2], { strides: [2, 2, 2] })],
  ])("%s %o of %o", (rank, config, shape, window) => {
    const largest = runLayer(`maxPool${rank}`, config, [shape]);
    expectTensor(
      largest.output,
      pool(largest.inputs[0]!, window, (values) => Math.max(...values)),
    );
    const average = runLayer(`avgPool${rank}`, config, [shape]);
    // Padding does not count: the mean is over what the window covers of the input.
    expectTensor(average.output, pool(average.inputs[0]!, window, mean));
  });

  test("channels last", () => {
    const config = { dataFormat: "channelsLast" };
    const { inputs, output } = runLayer("maxPool2d", config, [[4, 4, 3]]);
    const first = permuted(inputs[0]!, [0, 3, 1, 2]);
    const window = windowOf([2, 2], { strides: [2, 2] });
    const expected = pool(first, window, (values) => Math.max(...values));
    expectTensor(output, permuted(expected, [0, 2, 3, 1]));
  });

  test("over everything", () => {
    const whole = windowOf([3, 4]);
    for (const keepDims of [false, true]) {
      const shape = keepDims ? [2, 3, 1, 1] : [2, 3];
      const largest = runLayer("globalMaxPool", { keepDims }, [[3, 3, 4]]);
      const expected = pool(largest.inputs[0]!, whole, (values) => Math.max(...values));
      expectTensor(largest.output, { ...expected, shape });
      const average = runLayer("globalAvgPool", { keepDims }, [[3, 3, 4]]);
      expectTensor(average.output, { ...pool(average.inputs[0]!, whole, mean), shape });
    }
    const last = runLayer("globalAvgPool", { dataFormat: "channelsLast" }, [[3, 4, 5]]);
    const first = permuted(last.inputs[0]!, [0, 3, 1, 2]);
    expectTensor(last.output, { ...pool(first, whole, mean), shape: [2, 5] });
  });
});

test.each<readonly [string, JsonObject, readonly number[], string]>([
  [
    "conv2d",
    { filters: 2, kernelSize: 5 },
    [1, 4, 6],
    'layer "it" (conv2d): window must fit into the padded input, got input [4,6], window [5,5]',
  ],
  [
    "conv2d",
    { filters: 2, kernelSize: 3 },
    [28, 28],
    'layer "it" (conv2d): input must have a channel axis and 2 spatial axes, [c, ...spatial], got [28,28]',
  ],
  [
    "conv2d",
    { filters: 3, kernelSize: 1, groups: 2 },
    [4, 2, 2],
    'layer "it" (conv2d): groups must divide channels and filters, got 2 groups, 4 channels, 3 filters',
  ],
  [
    "conv2d",
    { kernelSize: 3 },
    [1, 4, 4],
    'layer "it" (conv2d): filters must be an integer >= 1, got none',
  ],
  ["conv2d", { filters: 1, kernelSize: 3, stride: 2 }, [1, 4, 4], 'got "stride"'],
  [
    "conv1d",
    { filters: 1, kernelSize: 3, padding: "reflect" },
    [1, 4],
    'layer "it" (conv1d): padding must be "same", "valid", "causal", a number >= 0, or 1 numbers or [low, high] pairs, got "reflect"',
  ],
  [
    "conv2dTranspose",
    { filters: 1, kernelSize: 2, padding: 3 },
    [1, 2, 2],
    'layer "it" (conv2dTranspose): result must have sizes >= 1, got [-3,-3] from input [2,2]; pad less',
  ],
  [
    "conv2dTranspose",
    { filters: 1, kernelSize: 2, outputPadding: 1 },
    [1, 2, 2],
    "outputPadding must be 0 without an explicit padding, got [1,1]",
  ],
  [
    "depthwiseConv2d",
    { kernelSize: 3 },
    [4],
    'layer "it" (depthwiseConv2d): input must have a channel axis and 2 spatial axes, [c, ...spatial], got [4]',
  ],
  [
    "maxPool2d",
    { poolSize: 3 },
    [1, 2, 5],
    'layer "it" (maxPool2d): window must fit into the padded input, got input [2,5], window [3,3]',
  ],
  [
    "globalAvgPool",
    {},
    [4],
    'layer "it" (globalAvgPool): input must have a channel axis and spatial axes, got [4]',
  ],
])("%s %o refuses %o", (kind, config, shape, message) => {
  const spec = layerModel(kind, config, [shape]);
  expect(() => lowerModel(spec, { batch: 1, mode: "inference" })).toThrow(message);
});
