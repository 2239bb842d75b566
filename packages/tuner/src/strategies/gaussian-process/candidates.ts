// The points that the strategy chooses among: all of a space that can be listed, otherwise a pool that is drawn anew
// with every fit and holds the neighbours of the best trials.
import { FeatureTable, featuresOf, pick, type Term } from "../../gp/features.ts";
import type { PointFeatures } from "../../gp/kernel.ts";
import { Random } from "../../random.ts";
import { Directions } from "../../rules/directions.ts";
import type { Point, Space } from "../../space/space.ts";
import type { CandidateTable } from "./regression.ts";
import { poolSize } from "./options.ts";

/** A guess per point, standardised; undefined where nothing is known. */
export type Guess = (point: Point) => number;

/** Candidates with everything that is computed once per point. */
export class Candidates implements CandidateTable {
  readonly points: readonly Point[];
  readonly keys: readonly string[];
  readonly table: FeatureTable;
  readonly guesses: Float64Array | undefined;
  readonly #directions: Directions;
  #columns: readonly Float64Array[] | undefined;

  constructor(parts: {
    readonly points: readonly Point[];
    readonly keys: readonly string[];
    readonly table: FeatureTable;
    readonly guesses: Float64Array | undefined;
    readonly directions: Directions;
  }) {
    this.points = parts.points;
    this.keys = parts.keys;
    this.table = parts.table;
    this.guesses = parts.guesses;
    this.#directions = parts.directions;
  }

  /** What rules compare. */
  get columns(): readonly Float64Array[] {
    return (this.#columns ??= this.#directions.columnsOf(this.points));
  }

  /** Some of the candidates. */
  subset(indices: Int32Array): Candidates {
    return new Candidates({
      points: Array.from(indices, (i) => this.points[i]!),
      keys: Array.from(indices, (i) => this.keys[i]!),
      table: this.table.subset(indices),
      guesses: this.guesses === undefined ? undefined : pick(this.guesses, indices),
      directions: this.#directions,
    });
  }
}

/** Makes candidates of a space. */
export class CandidateSource {
  readonly #space: Space;
  readonly #terms: readonly Term[];
  readonly #guess: Guess | undefined;
  #listed: Candidates | undefined;
  #directions: Directions | undefined;

  constructor(space: Space, terms: readonly Term[], guess?: Guess) {
    this.#space = space;
    this.#terms = terms;
    this.#guess = guess;
  }

  /** What rules about failing may compare. */
  get directions(): Directions {
    return (this.#directions ??= new Directions(this.#space));
  }

  /** Whether every valid point is a candidate. */
  get isListed(): boolean {
    return this.#space.list() !== undefined;
  }

  /**
   * All points, or a pool: `poolSize` draws that depend on seed and `epoch` alone, and the neighbours of `best`.
   */
  all(seed: number, epoch: number, best: readonly Point[]): Candidates {
    const points = this.#space.list();
    if (points !== undefined) return (this.#listed ??= this.of(points));
    const random = Random.of(seed, epoch, poolSize);
    const pool = new Map<string, Point>();
    const add = (point: Point): void => void pool.set(this.#space.keyOf(point), point);
    best.flatMap((point) => this.#space.neighbours(point)).forEach(add);
    for (let draw = 0; draw < poolSize; draw++) add(this.#space.sample(random));
    return this.of([...pool.values()]);
  }

  /** Candidates of chosen points. */
  of(points: readonly Point[]): Candidates {
    return new Candidates({
      points,
      keys: points.map((point) => this.#space.keyOf(point)),
      table: FeatureTable.of(this.#space, this.#terms, points),
      guesses: this.#guess === undefined ? undefined : Float64Array.from(points, this.#guess),
      directions: this.directions,
    });
  }

  /** One point in the form of the kernel. */
  features(point: Point): PointFeatures {
    return {
      features: featuresOf(this.#space, this.#terms, point),
      guess: this.#guess?.(point) ?? 0,
    };
  }
}
