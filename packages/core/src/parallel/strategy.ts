// The interface of parallelism: a step template and a plan go in, one program per rank with explicit collectives comes
// out. Strategies are pure; schedules and transports are the runtime's.
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";

/**
 * Says how a reduction over ranks enters a program under construction; the identity on one device.
 *
 * @param value - this rank's contribution
 * @param name - what it is, for messages and profiles; the same on every rank, given once per program
 */
export type Reduce = (value: Value, name: string) => Value;

/** What a template needs to know to build the program of one rank. */
export interface StepOptions {
  /** Rows that this program processes, >= 1. */
  readonly batch: number;
  /**
   * Rows of all ranks together. The loss is the sum over this program's rows divided by `globalBatch`, so that the sum
   * over ranks is the mean; terms that do not depend on rows (weight penalties) count `batch / globalBatch` times.
   */
  readonly globalBatch: number;
  /** Position of this program's first row among all rows; 0 by default. Random masks per row are cut out here. */
  readonly firstRow?: number;
  /** Applied to the gradient of each trained parameter, before loss scale, clipping and update: a sum over ranks. */
  readonly reduceGradient?: Reduce;
  /** Applied to each sum over rows behind a reported number (loss, count of hits): a sum over ranks. */
  readonly reduceMetric?: Reduce;
  /** Applied to each sum over rows inside the forward pass that all rows see (batch statistics): a sum over ranks. */
  readonly reduceStatistic?: Reduce;
}

/** Builds a step for a number of rows; shapes are static, so each share of a batch is lowered again. Pure. */
export interface StepTemplate {
  /**
   * Must emit the same reductions in the same order whatever `batch` and `firstRow` are: ranks meet there.
   *
   * @throws {ModelError} if the model cannot be built for that number of rows
   */
  build(options: StepOptions): Graph;
}

/** Who computes what. */
export interface ParallelPlan {
  /** One device id per rank, as in DeviceInfo.id; a device may serve several ranks. */
  readonly devices: readonly string[];
  /** Rows per rank, integers >= 1 whose sum is the global batch; see `splitBatch` for weights. */
  readonly batchShares: readonly number[];
  /** Scopes before which the model is cut into stages, outermost first; `[]`: not cut. */
  readonly layerCuts: readonly string[];
}

/** The program of one rank. */
export interface RankProgram {
  readonly rank: number;
  readonly device: string;
  readonly graph: Graph;
  /** First of the global batch's rows that this rank gets, and how many. */
  readonly firstRow: number;
  readonly batch: number;
}

/** A step distributed over ranks. */
export interface Partition {
  /** By rank: `programs[i].rank === i`. */
  readonly programs: readonly RankProgram[];
  /** Ranks that meet in the collectives of each group, ascending. */
  readonly groups: Readonly<Record<string, readonly number[]>>;
}

/** A way to distribute a step. One file each; a new one edits no other. */
export interface Strategy {
  readonly name: string;
  /** True if `partition` accepts the plan. */
  supports(plan: ParallelPlan): true | { readonly reason: string };
  /**
   * Builds the program of each rank.
   *
   * @throws {UsageError} if `supports` says no
   */
  partition(template: StepTemplate, plan: ParallelPlan): Partition;
}
