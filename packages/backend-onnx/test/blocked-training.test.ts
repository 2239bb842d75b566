// Convolutions, activations, max pools and their gradients in the engine's blocked layout agree with the reference, for
// geometries that can stay in blocks, in tiles, and such that cannot.
import {
  differentiate,
  evaluate,
  GraphBuilder,
  simplify,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
  type TensorMap,
  type Value,
} from "@fastgpu/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { openTestDevice } from "./device.ts";

let device: Device;
beforeEach(async () => {
  device = await openTestDevice();
});
afterEach(() => device.dispose());

type Sides = readonly (readonly [number, number])[];

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly filters: readonly (readonly number[])[];
  readonly padding?: Sides;
  readonly strides?: readonly number[];
  readonly pool?: readonly number[];
  readonly poolStrides?: readonly number[];
  /** Whether the activated value of the first layer is read by something else than its pool. */
  readonly isShared?: boolean;
  readonly activation?: "relu" | "sigmoid";
  /** Nodes in the model: convolutions in blocks, and pools of them that need no operator of their own. */
  readonly blocked: readonly [convs: number, pools: number];
}

const cases: readonly Case[] = [
  {
    name: "image, two layers",
    x: [3, 1, 12, 8],
    filters: [
      [16, 1, 3, 3],
      [32, 16, 3, 3],
    ],
    // Four tiles of each layer and the gradient by the input of the second.
    blocked: [9, 0],
  },
  {
    name: "colours, window of five, uneven padding",
    x: [2, 3, 9, 8],
    filters: [[16, 3, 5, 4]],
    padding: [
      [2, 1],
      [1, 2],
    ],
    blocked: [4, 0],
  },
  {
    name: "no padding to take away",
    x: [2, 16, 9, 7],
    filters: [[16, 16, 2, 2]],
    padding: [
      [0, 0],
      [0, 0],
    ],
    blocked: [1, 1],
  },
  {
    name: "strides, tiles of two by one",
    x: [2, 2, 15, 9],
    filters: [[16, 2, 3, 3]],
    strides: [2, 2],
    padding: [
      [2, 0],
      [1, 1],
    ],
    pool: [2, 1],
    blocked: [2, 0],
  },
  { name: "tiles that do not cover", x: [2, 16, 5, 8], filters: [[16, 16, 3, 3]], blocked: [1, 1] },
  {
    name: "overlapping windows",
    x: [2, 16, 7, 7],
    filters: [[16, 16, 3, 3]],
    pool: [3, 3],
    poolStrides: [2, 2],
    blocked: [1, 1],
  },
  {
    name: "a value that is read beside its pool",
    x: [2, 16, 8, 6],
    filters: [[32, 16, 3, 3]],
    isShared: true,
    blocked: [1, 1],
  },
  {
    name: "another activation",
    x: [2, 16, 8, 6],
    filters: [[32, 16, 3, 3]],
    activation: "sigmoid",
    blocked: [1, 1],
  },
  { name: "odd channels", x: [2, 3, 8, 6], filters: [[10, 3, 3, 3]], blocked: [0, 0] },
];

const ones: Sides = [
  [1, 1],
  [1, 1],
];

function layer(b: GraphBuilder, x: Value, i: number, given: Case): readonly [Value, Value] {
  const shape = given.filters[i] ?? [];
  const filter = b.state(`filter${i}`, "f32", shape);
  const bias = b.state(`bias${i}`, "f32", [shape[0] ?? 0]);
  const { strides = [1, 1], padding = ones, pool = [2, 2], activation = "relu" } = given;
  const window = { strides, padding, dilations: [1, 1], groups: 1 };
  const active = b.op(activation, [b.op("convBias", [x, filter, bias], window)], {});
  const poolStrides = given.poolStrides ?? pool;
  const none: Sides = [
    [0, 0],
    [0, 0],
  ];
  const pooled = b.op("maxPool", [active], { window: pool, strides: poolStrides, padding: none });
  return [active, pooled];
}

/** The gradients of the sum of the cubed pooled values by all filters and biases. */
function program(given: Case): Graph {
  const b = new GraphBuilder(given.name);
  let x: Value = b.input("x", "f32", given.x);
  let beside: Value | undefined;
  given.filters.forEach((_, i) => {
    const [active, pooled] = layer(b, x, i, given);
    beside = active;
    x = pooled;
  });
  const total = (value: Value): Value => {
    const cubed = b.op("mul", [b.op("mul", [value, value], {}), value], {});
    return b.op("reduceSum", [cubed], { axes: [0, 1, 2, 3], keepDims: false });
  };
  const sum = total(x);
  const loss =
    given.isShared === true && beside !== undefined ? b.op("add", [sum, total(beside)], {}) : sum;
  b.output("loss", loss);
  const names = given.filters.flatMap((_, i) => [`filter${i}`, `bias${i}`]);
  const { builder, at, gradients } = differentiate(b.build(), "loss", names);
  builder.output("loss", at(loss.id));
  names.forEach((name, i) => {
    const gradient = gradients[i]!;
    builder.output(name, gradient);
  });
  // As in a training: what follows a pool's gradient moves before it.
  return simplify(builder.build());
}

function wave(shape: readonly number[], seed: number) {
  const size = shape.reduce((product, axis) => product * axis, 1);
  // Few different values, so that windows have more than one maximum.
  const values = Array.from({ length: size }, (_, i) => Math.round(Math.sin(seed + i * i) * 4) / 8);
  return tensorFrom("f32", shape, values);
}

describe.each(cases)("$name", (given) => {
  const graph = program(given);

  it("agrees with the reference", async () => {
    const inputs: TensorMap = { x: wave(given.x, 1) };
    const parameters: TensorMap = Object.fromEntries(
      graph.state.map(({ name, node }, i) => [name, wave(graph.nodes[node]!.type.shape, i + 2)]),
    );
    const state = await device.createState(parameters);
    const executable = await device.compile(graph, state);
    const found = await executable.run(inputs);
    const { outputs } = evaluate(graph, toReferences(inputs), toReferences(parameters));
    for (const [name, expected] of Object.entries(outputs)) {
      const scale = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      toNumbers(found[name]!).forEach((value, i) => {
        expect(Math.abs(value - expected.data[i]!) / scale).toBeLessThan(1e-5);
      });
    }
  });

  it("stays in blocks as far as it fits", () => {
    const { nodes, bytes } = lowerGraph(graph, {}, { blockChannels: 16 });
    const isBlocked = ({ attribute }: { attribute: readonly { name: string }[] }): boolean =>
      attribute.some(({ name }) => name === "kernel_shape");
    const count = (opType: string): number =>
      nodes.filter((node) => node.opType === opType && isBlocked(node)).length;
    expect(Buffer.from(bytes).includes("com.microsoft.nchwc")).toBe(given.blocked[0] > 0);
    if (given.blocked[0] === 0) return;
    const inBlocks = nodes.filter(
      (node) => node.opType === "Conv" && node.name.match(/conv(Bias|InputGrad)/) !== null,
    );
    expect(inBlocks).toHaveLength(given.blocked[0]);
    expect(count("MaxPool") > 0 ? 1 : 0).toBe(given.blocked[1]);
  });
});
