// Normally distributed numbers on the host, for initial parameters. Not an op: logarithms differ between engines.
import { threefry2x32, type Key } from "./threefry.ts";

/**
 * Numbers of mean 0 and variance 1 by the transformation of Box and Muller (1958): elements 2b and 2b + 1 are
 * sqrt(-2 ln u) times cos and sin of 2 pi v, with u in (0, 1] and v in [0, 1) from the words of block b.
 * |element| < 6.7 as u >= 2^-32.
 */
export function normal(key: Key, count: number): Float64Array {
  const result = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const [first, second] = threefry2x32(key, [i / 2, 0]);
    const radius = Math.sqrt(-2 * Math.log((first + 1) * 2 ** -32));
    const angle = 2 * Math.PI * second * 2 ** -32;
    result[i] = radius * Math.cos(angle);
    if (i + 1 < count) result[i + 1] = radius * Math.sin(angle);
  }
  return result;
}
