// Where trials have a result, as a vote of explanations that differ by chance: where the trials leave open what fails,
// they disagree.
import type { Random } from "../random.ts";
import type { Point } from "../space/space.ts";
import type { Directions } from "./directions.ts";
import { Explanation, type Evidence } from "./explanation.ts";

/** A finished trial. */
export interface RuleTrial {
  readonly point: Point;
  readonly isFailed: boolean;
}

/** Explanations that vote. */
const size = 12;
/** Share of the directions over several parameters that an explanation may use. */
const directionShare = 1 / 3;
/** Share of the trials, drawn by chance, that an explanation starts from: what is found in it outlives the rest or not. */
const firstShare = 0.7;

/** A vote on where trials have a result. */
export class RuleEnsemble {
  readonly #directions: Directions;
  readonly #explanations: readonly Explanation[];
  readonly #evidence: Evidence & { readonly failed: boolean[] };
  #capacity: number;

  constructor(directions: Directions, trials: readonly RuleTrial[], random: Random) {
    this.#directions = directions;
    const { list } = directions;
    this.#capacity = 2 * trials.length;
    const rows = list.map(() => new Float64Array(this.#capacity));
    trials.forEach(({ point }, trial) => {
      directions.of(point).forEach((value, d) => {
        rows[d]![trial] = value;
      });
    });
    const widths = list.map(({ columns }) => columns.length);
    this.#evidence = { rows, widths, failed: trials.map(({ isFailed }) => isFailed) };
    const order = Array.from(trials.keys());
    this.#explanations = Array.from({ length: size }, () => {
      const explanation = new Explanation(draw(widths, random), random);
      random.shuffle(order);
      const first = Math.ceil(order.length * firstShare);
      explanation.learn(this.#evidence, order.slice(0, first));
      explanation.learn(this.#evidence, order.slice(first));
      return explanation;
    });
  }

  /** Chance that a trial of a point has a result, 0 to 1. */
  chance(point: Point): number {
    const numbers = this.#directions.of(point);
    let sum = 0;
    for (const explanation of this.#explanations) sum += explanation.chance(numbers);
    return sum / size;
  }

  /** Chances of many points, by their columns. */
  chances(table: readonly Float64Array[], count: number): Float64Array {
    const sums = new Float64Array(count);
    const own = new Float64Array(count);
    const isIn = new Uint8Array(count);
    const numbers = new Float64Array(count);
    for (const explanation of this.#explanations) {
      own.fill(explanation.outside);
      for (const { literals, confidence } of explanation.rules) {
        isIn.fill(1);
        for (const { direction, threshold } of literals) {
          this.#directions.write(numbers, table, direction);
          for (let i = 0; i < count; i++) if (!(numbers[i]! > threshold)) isIn[i] = 0;
        }
        const chance = 1 - confidence;
        for (let i = 0; i < count; i++) if (isIn[i] === 1 && own[i]! > chance) own[i] = chance;
      }
      for (let i = 0; i < count; i++) sums[i]! += own[i]! / size;
    }
    return sums;
  }

  /** Learns one more trial. Returns whether chances of other points changed much. */
  learn({ point, isFailed }: RuleTrial): boolean {
    const { rows, failed } = this.#evidence;
    const trial = failed.push(isFailed) - 1;
    if (trial === this.#capacity) this.#grow();
    this.#directions.of(point).forEach((value, d) => {
      rows[d]![trial] = value;
    });
    let isChanged = false;
    for (const explanation of this.#explanations) {
      if (explanation.learn(this.#evidence, [trial])) isChanged = true;
    }
    return isChanged;
  }

  #grow(): void {
    this.#capacity *= 2;
    const rows = this.#evidence.rows as Float64Array[];
    rows.forEach((row, d) => {
      const longer = new Float64Array(this.#capacity);
      longer.set(row);
      rows[d] = longer;
    });
  }
}

function draw(widths: readonly number[], random: Random): Int32Array {
  return Int32Array.from(
    Array.from(widths.keys()).filter((d) => widths[d] === 1 || random.next() < directionShare),
  );
}
