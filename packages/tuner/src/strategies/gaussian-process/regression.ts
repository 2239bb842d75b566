// One Gaussian process: hyper-parameters from a subset of the samples, posteriors over any set of candidates from a
// subset (to screen many) or from all samples (to choose among few).
import { fitParameters, fittedKernel } from "../../gp/fit.ts";
import type { FeatureTable, Term } from "../../gp/features.ts";
import type { Kernel, PointFeatures } from "../../gp/kernel.ts";
import type { FitData } from "../../gp/likelihood.ts";
import { CandidatePosterior } from "../../gp/posterior.ts";
import { fitIterations, fitLimit, manyObservations } from "./options.ts";

/** An observation of a regression. Low targets are the ones that matter. */
export interface Sample {
  readonly point: PointFeatures;
  readonly target: number;
  readonly variance: number;
}

/** Candidates with their prior guesses, if there are any. */
export interface CandidateTable {
  readonly table: FeatureTable;
  readonly guesses: Float64Array | undefined;
}

/** A fitted regression. */
export class Regression {
  readonly #samples: readonly Sample[];
  readonly #subset: readonly Sample[];
  readonly kernel: Kernel;

  constructor(terms: readonly Term[], samples: readonly Sample[]) {
    this.#samples = samples;
    this.#subset = subsetOf(samples, fitLimit);
    const data: FitData = {
      terms,
      points: this.#subset.map(({ point }) => point),
      targets: Float64Array.from(this.#subset, ({ target }) => target),
      variances: Float64Array.from(this.#subset, ({ variance }) => variance),
    };
    const iterations = fitIterations[this.#subset.length > manyObservations ? "many" : "few"];
    this.kernel = fittedKernel(data, fitParameters(data, { iterations }));
  }

  /** Posterior from a part of the samples: cheap enough for every candidate of a large space. */
  screen(candidates: CandidateTable, limit: number): CandidatePosterior {
    return this.#posterior(candidates, subsetOf(this.#samples, limit));
  }

  /** Posterior from all samples. */
  posterior(candidates: CandidateTable): CandidatePosterior {
    return this.#posterior(candidates, this.#samples);
  }

  #posterior({ table, guesses }: CandidateTable, samples: readonly Sample[]): CandidatePosterior {
    const posterior = new CandidatePosterior(this.kernel, table, guesses);
    posterior.appendAll(samples);
    posterior.setTargets(samples.map(({ target }) => target));
    return posterior;
  }
}

// Half of them the best, the other half spread over the rest of the study.
function subsetOf(samples: readonly Sample[], limit: number): readonly Sample[] {
  if (samples.length <= limit) return samples;
  const half = limit / 2;
  const best = [...samples].sort((a, b) => a.target - b.target).slice(0, half);
  const isBest = new Set(best);
  const rest = samples.filter((sample) => !isBest.has(sample));
  const spread = Array.from(
    { length: half },
    (_, k) => rest[Math.floor((k * rest.length) / half)]!,
  );
  return [...best, ...spread];
}
