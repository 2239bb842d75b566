// Which points of a space a study already has, so that none is proposed twice.
import type { Observation } from "./observation.ts";
import type { Configuration } from "./space/declaration.ts";
import type { Point, Space } from "./space/space.ts";
import type { Proposal } from "./strategy.ts";

/** A set of points that follows a growing history without reading it again from the start. */
export class SeenPoints {
  readonly #space: Space;
  #keys = new Set<string>();
  #count = 0;
  #last: Observation | undefined;

  constructor(space: Space) {
    this.#space = space;
  }

  /** The keys of all observed and pending points; valid until the next call. */
  update(history: readonly Observation[], pending: readonly Proposal[]): ReadonlySet<string> {
    const isContinued = this.#count === 0 || history[this.#count - 1] === this.#last;
    if (!isContinued || history.length < this.#count) {
      this.#keys = new Set();
      this.#count = 0;
    }
    for (const { configuration } of history.slice(this.#count))
      this.#keys.add(this.#key(configuration));
    this.#count = history.length;
    this.#last = history.at(-1);
    if (pending.length === 0) return this.#keys;
    return new Set([
      ...this.#keys,
      ...pending.map(({ configuration }) => this.#key(configuration)),
    ]);
  }

  #key(configuration: Configuration): string {
    return this.#space.keyOf(this.#space.pointOf(configuration));
  }
}

/** The listed points that are not in `seen`. */
export function unseenOf(
  space: Space,
  points: readonly Point[],
  seen: ReadonlySet<string>,
): readonly Point[] {
  return points.filter((point) => !seen.has(space.keyOf(point)));
}
