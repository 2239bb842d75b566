// Key derivation: the graph formulas against the host rule, and distinctness.
import { expect, test } from "vitest";
import { GraphBuilder } from "../graph/builder.ts";
import { toNumbers } from "../graph/tensor.ts";
import { evaluate, toReference } from "../reference/evaluate.ts";
import { foldIn, initialKey, nextKey, splitKey, streamKey, streamKeyOf } from "./keys.ts";
import { normal } from "./normal.ts";
import { threefry2x32 } from "./threefry.ts";

test("stream keys of a graph are those of the host, and the next key counts steps", () => {
  const builder = new GraphBuilder("keys");
  const key = builder.state("random", "i32", [2]);
  const streams = [0, 1, 2, 1000, 2 ** 31];
  for (const stream of streams) builder.output(`s${stream}`, streamKey(key, stream));
  builder.setNext("random", nextKey(key));
  const seed = -7;
  const { outputs, state } = evaluate(
    builder.build(),
    {},
    { random: toReference(initialKey(seed)) },
  );
  for (const stream of streams) {
    expect([...outputs[`s${stream}`]!.data]).toEqual(streamKeyOf([0, seed], stream));
  }
  expect([...state["random"]!.data]).toEqual([1, seed]);
  // 0x9e3779b9 is -1640531527 as a signed word; the second stream key is the seed plus it.
  expect(streamKeyOf([0, seed], 1)).toEqual([0, -1640531534]);
});

test("streams of a step have distinct keys", () => {
  const keys = Array.from({ length: 10_000 }, (_, stream) => streamKeyOf([3, 42], stream)[1]);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the initial key keeps the low 32 bits of the seed", () => {
  expect([...toNumbers(initialKey(2 ** 32 + 5))]).toEqual([0, 5]);
});

test("folded keys are blocks that no random number uses", () => {
  expect(foldIn([1, 2], 3)).toEqual(threefry2x32([1, 2], [3, 1]));
  expect(splitKey([1, 2], 3)).toEqual([0, 1, 2].map((i) => foldIn([1, 2], i)));
  const keys = splitKey([9, 9], 1000).map(([a, b]) => a * 2 ** 32 + b);
  expect(new Set(keys).size).toBe(1000);
});

test("normal numbers have the moments of the normal distribution", () => {
  const count = 1 << 16;
  const numbers = normal([5, 6], count + 1).subarray(0, count);
  const moment = (power: number): number => numbers.reduce((sum, x) => sum + x ** power, 0) / count;
  // Moments 0, 1, 0, 3; the k-th has variance (E x^2k - (E x^k)^2) / n: 1, 2, 15, 96 over n. 5 standard errors.
  const expected = [0, 1, 0, 3];
  const variance = [1, 2, 15, 96];
  expected.forEach((value, i) => {
    const error = Math.abs(moment(i + 1) - value);
    expect(error).toBeLessThan(5 * Math.sqrt(variance[i]! / count));
  });
  // 68.27% lie within one standard deviation; standard error sqrt(pq/n) = 1.8e-3.
  const within = numbers.filter((x) => Math.abs(x) < 1).length / count;
  expect(Math.abs(within - 0.682689)).toBeLessThan(5 * Math.sqrt((0.683 * 0.317) / count));
});
