// Random numbers of a search: one independent stream per (seed, position in the study), so that a resumed study
// draws exactly what the undisturbed one would have drawn.
import { foldIn, threefry2x32, type Key } from "@fastgpu/core/random";

/** A stream of random numbers; the same key gives the same stream on every machine. */
export class Random {
  readonly #key: Key;
  #block = 0;

  /** @param key - two 32-bit words */
  constructor(key: Key) {
    this.#key = key;
  }

  /** The stream of a study's seed and any number of positions in it (each its low 32 bits). */
  static of(seed: number, ...positions: readonly number[]): Random {
    const root: Key = [Math.floor(seed / 2 ** 32) | 0, seed | 0];
    return new Random(positions.reduce<Key>((key, position) => foldIn(key, position), root));
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number {
    const [high, low] = threefry2x32(this.#key, [this.#block++ | 0, 0]);
    return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  }

  /** Uniform over 0 .. `count` - 1, for a count of 1 to 2^53. */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Shuffles in place (Durstenfeld 1964) and returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}
