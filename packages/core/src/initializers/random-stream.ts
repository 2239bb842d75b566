// A stream of random numbers on the host for initial parameters: Threefry words in counter order.
import { threefry2x32 } from "../random/threefry.ts";

/** Random numbers in a fixed order. */
export interface RandomStream {
  /** The next number, uniform in (0, 1), on a grid of 2^-32 shifted by half a step: never 0 and never 1. */
  uniform(): number;
  /** The next number of the standard normal distribution. */
  normal(): number;
}

/**
 * The stream of one named tensor under a seed: words of Threefry-2x32-20 with key (seed, hash of name) and the block
 * number as counter.
 *
 * @param seed - any integer; its low 32 bits count
 */
export function randomStream(seed: number, name: string): RandomStream {
  const key: readonly [number, number] = [seed >>> 0, hashName(name)];
  let block = 0;
  let spare: number | undefined;
  const word = (): number => {
    if (spare !== undefined) {
      const second = spare;
      spare = undefined;
      return second;
    }
    const [low, high] = threefry2x32(key, [block++, 0]);
    spare = high >>> 0;
    return low >>> 0;
  };
  const uniform = (): number => (word() + 0.5) * 2 ** -32;
  // Box and Muller, A note on the generation of random normal deviates (1958): the cosine half only, so that a draw
  // does not depend on the one before.
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** 32-bit FNV-1a hash of the UTF-16 code units (Fowler, Noll and Vo; offset basis 2166136261, prime 16777619). */
export function hashName(name: string): number {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  }
  return hash >>> 0;
}
