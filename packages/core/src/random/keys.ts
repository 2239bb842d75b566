// How keys of random streams derive from each other, on the host and inside of a graph.
//
// A training run holds one key i32[2] = [step, seed] as a state slot. Stream s of a step (a layer that draws numbers)
// uses the key [step, seed + s * 0x9e3779b9 mod 2^32]: distinct for 2^32 steps and 2^32 streams, as the factor is odd.
// Threefry makes distinct keys independent. After the step the next key is [step + 1, seed].
// The words need only i32 additions and multiplications, which every backend has and wraps alike.
import { add, iota, mul, sub } from "../functional.ts";
import { tensorFrom, type HostTensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { threefry2x32, type Key } from "./threefry.ts";

// 2^32 divided by the golden ratio, odd: multiples of it spread evenly over the 32-bit words.
const streamStep = 0x9e3779b9 | 0;

/** The key of step 0: i32[2] = [0, seed]; of the seed only its low 32 bits count. */
export function initialKey(seed: number): HostTensor<"i32"> {
  return tensorFrom("i32", [2], [0, seed]);
}

/** Key of one stream of a step, in a graph: key i32[2], stream an integer >= 0 that no other stream of it uses. */
export function streamKey(key: Value, stream: number): Value {
  const salt = Math.imul(streamStep, stream);
  return stream === 0 ? key : add(key, mul(iota(key.emitter, "i32", [2]), salt));
}

/** `streamKey` on the host. */
export function streamKeyOf([step, seed]: Key, stream: number): [number, number] {
  return [step, (seed + Math.imul(streamStep, stream)) | 0];
}

/** Key of the next step, in a graph: [step + 1, seed]. */
export function nextKey(key: Value): Value {
  return add(key, sub(1, iota(key.emitter, "i32", [2])));
}

/**
 * A new key from a key and a number (its low 32 bits), on the host: block [data, 1] of Threefry. `uniform` uses only
 * blocks [b, 0], so the new key shares no bits with the numbers of the old one.
 */
export function foldIn(key: Key, data: number): [number, number] {
  return threefry2x32(key, [data | 0, 1]);
}

/** `count` new keys from one, on the host. */
export function splitKey(key: Key, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => foldIn(key, i));
}
