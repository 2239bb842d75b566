// Convolutions through the engine's blocked layout agree with the reference, and are used only where they fit.
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
  type TensorMap,
} from "@fastgpu/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { openTestDevice } from "./device.ts";

let device: Device;
beforeEach(async () => {
  device = await openTestDevice();
});
afterEach(() => device.dispose());

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly groups?: number;
  /** Whether convolution and gradient by the input take blocks of 16. */
  readonly blocked: readonly [boolean, boolean];
}

const cases: readonly Case[] = [
  { name: "same padding", x: [2, 16, 7, 6], filter: [32, 16, 3, 3], blocked: [true, true] },
  {
    name: "uneven padding and window",
    x: [1, 32, 5, 9],
    filter: [16, 32, 2, 5],
    padding: [
      [1, 0],
      [3, 2],
    ],
    blocked: [true, true],
  },
  {
    name: "strides",
    x: [2, 16, 9, 8],
    filter: [16, 16, 3, 3],
    strides: [2, 2],
    blocked: [true, false],
  },
  {
    name: "dilations",
    x: [1, 16, 9, 8],
    filter: [16, 16, 3, 3],
    dilations: [2, 1],
    padding: [
      [2, 2],
      [1, 1],
    ],
    blocked: [true, false],
  },
  {
    name: "padding beyond the window",
    x: [1, 16, 4, 4],
    filter: [16, 16, 2, 2],
    padding: [
      [2, 2],
      [2, 2],
    ],
    blocked: [true, false],
  },
  { name: "odd channels", x: [1, 3, 6, 6], filter: [16, 3, 3, 3], blocked: [false, false] },
  {
    name: "1x1",
    x: [1, 16, 6, 6],
    filter: [16, 16, 1, 1],
    padding: noPadding(),
    blocked: [false, false],
  },
  { name: "groups", x: [1, 32, 6, 6], filter: [32, 16, 3, 3], groups: 2, blocked: [false, false] },
];

function noPadding(): readonly (readonly [number, number])[] {
  return [
    [0, 0],
    [0, 0],
  ];
}

function windowOf({ strides = [1, 1], dilations = [1, 1], groups = 1, padding }: Case) {
  return { strides, dilations, groups, padding: padding ?? [[1, 1] as const, [1, 1] as const] };
}

function forward(given: Case): Graph {
  const b = new GraphBuilder("forward");
  const x = b.input("x", "f32", given.x);
  const filter = b.input("filter", "f32", given.filter);
  const bias = b.input("bias", "f32", [given.filter[0] ?? 0]);
  const plain = b.op("conv", [x, filter], windowOf(given));
  b.output("plain", plain);
  b.output("y", b.op("convBias", [x, filter, bias], windowOf(given)));
  return b.build();
}

function backward(given: Case): Graph {
  const b = new GraphBuilder("backward");
  const graph = forward(given);
  const type = graph.nodes[graph.outputs[0]?.node ?? 0]?.type;
  const dy = b.input("dy", "f32", type?.shape ?? []);
  const filter = b.input("filter", "f32", given.filter);
  const attrs = { ...windowOf(given), inputShape: given.x };
  b.output("dx", b.op("convInputGrad", [dy, filter], attrs));
  return b.build();
}

function feedsOf(graph: Graph): TensorMap {
  const entries = graph.inputs.map(({ name, node }, seed) => {
    const shape = graph.nodes[node]?.type.shape ?? [];
    const size = shape.reduce((product, axis) => product * axis, 1);
    const values = Array.from({ length: size }, (_, i) => Math.sin(seed + i * i * 0.3));
    return [name, tensorFrom("f32", shape, values)] as const;
  });
  return Object.fromEntries(entries);
}

const usesBlocks = (graph: Graph): boolean =>
  Buffer.from(lowerGraph(graph, {}, { blockChannels: 16 }).bytes).includes("com.microsoft.nchwc");

describe.each(cases)("$name", (given) => {
  it.each([
    ["convolution", forward(given), given.blocked[0]],
    ["gradient by the input", backward(given), given.blocked[1]],
  ] as const)("%s", async (_, graph, isBlocked) => {
    expect(usesBlocks(graph)).toBe(isBlocked);
    const program = await device.compile(graph);
    const feeds = feedsOf(graph);
    const found = await program.run(feeds);
    const { outputs } = evaluate(graph, toReferences(feeds));
    for (const [name, expected] of Object.entries(outputs)) {
      const values = toNumbers(found[name]!);
      expect(values).toHaveLength(expected.data.length);
      values.forEach((value, i) => {
        expect(Math.abs(value - (expected.data[i] ?? NaN))).toBeLessThan(1e-4);
      });
    }
  });
});

it("leaves constant filters to the engine and plain operators without a block size", () => {
  const graph = forward(cases[0]!);
  const { bytes } = lowerGraph(graph);
  expect(Buffer.from(bytes).includes("com.microsoft.nchwc")).toBe(false);
});
