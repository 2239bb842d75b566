// Counter-based random bits: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as
// easy as 1, 2, 3, SC 2011, section 4.2). A pure function of key and counter, so any element can be made anywhere.

/** Two 32-bit words, signed or unsigned; only their bits matter. */
export type Key = readonly [number, number];

// Rotation distances of the 2x32 variant (Salmon et al., table 2), and the parity constant of Skein's key schedule.
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/** One block: 64 random bits for a key and a counter, as two unsigned words. */
export function threefry2x32(key: Key, counter: Key): [number, number] {
  const schedule = [key[0], key[1], parity ^ key[0] ^ key[1]];
  let x0 = (counter[0] + key[0]) | 0;
  let x1 = (counter[1] + key[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const distance = rotations[round % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << distance) | (x1 >>> (32 - distance))) ^ x0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + schedule[injection % 3]!) | 0;
      x1 = (x1 + schedule[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/**
 * The numbers of the op randomUniform, exactly: element i uses word `i & 1` of the block with counter
 * `[i >> 1, 0]`, and is `(word >>> 8) * 2^-24`, a multiple of 2^-24 in [0, 1) that f32 holds exactly. Element i does
 * not depend on `count`.
 *
 * @param count - 0 to 2^33
 */
export function uniform(key: Key, count: number): Float64Array {
  const result = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const [first, second] = threefry2x32(key, [i / 2, 0]);
    result[i] = (first >>> 8) * 2 ** -24;
    if (i + 1 < count) result[i + 1] = (second >>> 8) * 2 ** -24;
  }
  return result;
}
