// One side of a comparison: something that names its benchmarks and runs one of them in a fresh backend process. Both
// sides of `compare --base` are programs of their own checkouts; tests and `--aa` have sides in this process.
import type { Environment, Margins, TrialConfig, TrialRecord } from "@fastgpu/results";

/** One side, ready to measure. */
export interface Side {
  readonly description: SideDescription;
  /**
   * Measures a benchmark once. Whatever goes wrong is the outcome of the trial.
   *
   * @param key - of a benchmark of the description
   * @param round - 0-based; the seed of what is random about a training
   */
  run(key: string, round: number): Promise<TrialRecord>;
  /** Ends everything that the side has started. */
  close(): Promise<void>;
}

/** What a side says of itself before the first round. Crosses a process border as JSON. */
export interface SideDescription {
  /** FastGPU version that measures. */
  readonly fastgpu: string;
  readonly suite: string;
  readonly environment: Environment;
  readonly benchmarks: readonly SideBenchmark[];
}

/** A benchmark as one side plans it. */
export interface SideBenchmark {
  /** `configurationKey` of its trials. */
  readonly key: string;
  readonly config: TrialConfig;
  /** Hash of all that makes up the work: model, data set, sampling, operation; not of where files lie. */
  readonly workHash: string;
  readonly margins: Margins;
  readonly counterMargin: number;
}
