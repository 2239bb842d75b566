// Seeded permutations: the only source of randomness of this package. The generator is pure-rand's xoroshiro128+.
import { DataError } from "@fastgpu/core";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";

const maxSeed = 0xffff_ffff;

/**
 * A uniformly random order of the rows 0..size-1: Fisher and Yates' shuffle (Durstenfeld, 1964, algorithm 235) driven by
 * xoroshiro128+ (Blackman and Vigna, 2018). The same three numbers give the same order on every machine.
 *
 * @param size - number of rows, 0 to 2^31 - 1
 * @param seed - integer, 0 to 2^32 - 1
 * @param stream - streams of one seed lie 2^64 draws apart, so they never overlap; shuffles of a data set use 0, epoch
 *   e of a batch sequence uses e + 1. Costs about a microsecond per unit.
 * @throws {DataError} if a number is out of its range
 */
export function permutation(size: number, seed: number, stream = 0): Int32Array {
  const rows = Int32Array.from({ length: size }, (_, row) => row);
  const random = generator(seed, stream);
  for (let last = size - 1; last > 0; last--) {
    const pick = uniformInt(random, 0, last);
    const held = rows[last] ?? 0;
    rows[last] = rows[pick] ?? 0;
    rows[pick] = held;
  }
  return rows;
}

function generator(seed: number, stream: number): JumpableRandomGenerator {
  if (!Number.isInteger(seed) || seed < 0 || seed > maxSeed) {
    throw new DataError(`shuffle: seed must be an integer from 0 to ${maxSeed}, got ${seed}`);
  }
  if (!Number.isSafeInteger(stream) || stream < 0) {
    throw new DataError(`shuffle: stream must be an integer of at least 0, got ${stream}`);
  }
  const random = xoroshiro128plus(seed);
  // The first outputs after seeding are the seed itself, hardly mixed; one jump leaves them behind.
  for (let jumps = 0; jumps <= stream; jumps++) random.jump();
  return random;
}
