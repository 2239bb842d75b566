// Choices from a seed, the same on every machine, for cases that are drawn and not written.
import { uniform } from "@fastgpu/core/random";

/** A stream of choices. */
export class Dice {
  private readonly rolls: Float64Array;
  private next = 0;

  /** @param seed - any integer */
  constructor(seed: number) {
    this.rolls = uniform([seed, 0x2b1d], 4096);
  }

  /** An integer in [0, sides). */
  roll(sides: number): number {
    const value = this.rolls[this.next++ % this.rolls.length] ?? 0;
    return Math.min(sides - 1, Math.floor(value * sides));
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.roll(high - low + 1);
  }

  /** One of the items; undefined if there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.roll(items.length)];
  }

  /** As many choices as asked for. */
  times<T>(count: number, choose: (i: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => choose(i));
  }
}
