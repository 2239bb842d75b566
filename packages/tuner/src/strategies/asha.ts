// Asynchronous successive halving (Li et al., A system for massively parallel hyperparameter tuning, MLSys 2020,
// algorithm 2): many configurations at a small effort, the best third of each rung at three times the effort.
import { UsageError } from "@fastgpu/core";
import type { Observation } from "../observation.ts";
import type { Problem } from "../problem.ts";
import type { Random } from "../random.ts";
import type { Configuration } from "../space/declaration.ts";
import type { Space } from "../space/space.ts";
import type { Proposal, Strategy } from "../strategy.ts";
import { Ledger, isAdmissible } from "./ledger.ts";
import { scalarCosts } from "./scalar-costs.ts";

/** Options of successive halving. */
export interface AshaOptions {
  /** Effort of the first rung as a share of the full effort; default 1/27. */
  readonly minimumFidelity?: number;
  /** One in so many is promoted, at so many times the effort; default 3. */
  readonly reduction?: number;
  /** Proposes the configurations of the first rung, of which alone it is told; random by default. */
  readonly base?: Strategy;
}

/**
 * Successive halving. Proposals have a `fidelity`; a configuration comes back at a higher one when it is promoted. When
 * the space is exhausted, what is left to promote is promoted as results come in.
 *
 * @throws {UsageError} for a fidelity that is not in (0, 1], or a reduction below 2
 */
export function asha(problem: Problem, base: Strategy, options: AshaOptions = {}): Strategy {
  const { minimumFidelity = 1 / 27, reduction = 3 } = options;
  if (!(minimumFidelity > 0 && minimumFidelity <= 1) || !(reduction >= 2)) {
    throw new UsageError(
      `asha: minimumFidelity must be in (0, 1] and reduction at least 2, got ${minimumFidelity} and ${reduction}`,
    );
  }
  const fidelities = rungFidelities(minimumFidelity, reduction);
  return {
    name: "asha",
    propose(history, { count, pending, random, seed }) {
      const rungs = new Rungs(problem, fidelities);
      for (const observation of history) rungs.tell(observation);
      for (const { configuration, fidelity = 1 } of pending) rungs.start(configuration, fidelity);
      const proposals: Proposal[] = [];
      const first = history.filter(({ fidelity = 1 }) => rungs.rungOf(fidelity) === 0);
      while (proposals.length < count) {
        const promoted = rungs.promote(reduction, random);
        if (promoted !== undefined) {
          proposals.push(promoted);
          continue;
        }
        const known = first.map(({ configuration, outcome }) => ({ configuration, outcome }));
        const [fresh] = base.propose(known, {
          count: 1,
          pending: [...pending, ...proposals].filter(
            ({ fidelity = 1 }) => rungs.rungOf(fidelity) === 0,
          ),
          random,
          seed,
        });
        if (fresh === undefined) break;
        const fidelity = fidelities[0]!;
        rungs.start(fresh.configuration, fidelity);
        proposals.push({ configuration: fresh.configuration, fidelity });
      }
      return proposals;
    },
  };
}

/** Efforts of the rungs, ascending, the last 1. */
function rungFidelities(minimum: number, reduction: number): number[] {
  const fidelities = [1];
  while (fidelities[0]! / reduction >= minimum * (1 - 1e-9)) {
    fidelities.unshift(fidelities[0]! / reduction);
  }
  return fidelities;
}

class Rungs {
  readonly #problem: Problem;
  readonly #space: Space;
  readonly #fidelities: readonly number[];
  readonly #finished: Observation[][];
  /** Keys that were started on a rung. */
  readonly #started: Set<string>[];

  constructor(problem: Problem, fidelities: readonly number[]) {
    this.#problem = problem;
    this.#space = problem.space;
    this.#fidelities = fidelities;
    this.#finished = fidelities.map(() => []);
    this.#started = fidelities.map(() => new Set());
  }

  /** The rung whose effort is nearest. */
  rungOf(fidelity: number): number {
    const distances = this.#fidelities.map((rung) => Math.abs(Math.log(rung / fidelity)));
    return distances.indexOf(Math.min(...distances));
  }

  tell(observation: Observation): void {
    const rung = this.rungOf(observation.fidelity ?? 1);
    this.#finished[rung]!.push(observation);
    this.#started[rung]!.add(this.#key(observation.configuration));
  }

  start(configuration: Configuration, fidelity: number): void {
    this.#started[this.rungOf(fidelity)]!.add(this.#key(configuration));
  }

  /** The best configuration of the highest rung that is among its best 1 / reduction and not started on the next. */
  promote(reduction: number, random: Random): Proposal | undefined {
    for (let rung = this.#fidelities.length - 2; rung >= 0; rung--) {
      const ledger = new Ledger(this.#problem);
      ledger.update(this.#finished[rung]!);
      const { entries } = ledger;
      const costs = scalarCosts(entries, random);
      const order = Array.from(entries.keys()).sort((a, b) => costs[a]! - costs[b]! || a - b);
      const best = order
        .slice(0, Math.floor(order.length / reduction))
        .find((i) => isAdmissible(entries[i]!) && !this.#started[rung + 1]!.has(entries[i]!.key));
      if (best === undefined) continue;
      const { configuration } = this.#finished[rung]![best]!;
      const fidelity = this.#fidelities[rung + 1]!;
      this.start(configuration, fidelity);
      return { configuration, fidelity };
    }
    return undefined;
  }

  #key(configuration: Configuration): string {
    return this.#space.keyOf(this.#space.pointOf(configuration));
  }
}
