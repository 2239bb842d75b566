// The contract of an optimizer: how its state starts and one update of one tensor, as nodes of the step graph.
import { GraphError } from "../errors.ts";
import type { Operand } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { configureNamed, type Configurable, type NamedConfig } from "../model/config.ts";
import type { Schedule } from "./schedule.ts";
import * as table from "./table.ts";

/** An optimizer kind. */
export type OptimizerDefinition = Configurable<Optimizer>;

/** A configured optimizer: a pure pair of initial state and update. */
export interface Optimizer {
  /** True if the update of an element depends on that element alone, so that parameters may share a tensor. */
  readonly isElementwise: boolean;
  /** True if it shrinks weights, so that decayed parameters are treated unlike others. */
  readonly hasDecay: boolean;
  readonly learningRate: Schedule;
  /** Tensors kept per parameter, of its shape, and the number each starts from. */
  readonly slots: readonly OptimizerSlot[];
  /** Emits what depends on the step alone, once, and returns the update of one parameter. */
  readonly begin: (step: StepValues) => UpdateRule;
}

/** One tensor that an optimizer keeps per parameter. */
export interface OptimizerSlot {
  readonly name: string;
  readonly initial: number;
}

/** What is the same for all parameters in one step. */
export interface StepValues {
  /** Number of this step as f32 [], 1 in the first. */
  readonly count: Value;
  readonly learningRate: Operand;
}

/** One parameter and its gradient, all of one shape. */
export interface Updated {
  readonly parameter: Value;
  readonly gradient: Value;
  /** False if weight decay must leave it alone. */
  readonly isDecayed: boolean;
  /** The optimizer's own tensors, in the order of `slots`. */
  readonly slots: readonly Value[];
}

/** The parameter and the optimizer's tensors after the step. */
export interface UpdateResult {
  readonly parameter: Value;
  readonly slots: readonly Value[];
}

/** The optimizer's own tensor number `index`. @throws {GraphError} if the caller gave fewer than `slots` names */
export function slotAt(updated: Updated, index: number): Value {
  const slot = updated.slots[index];
  if (slot === undefined) throw new GraphError(`optimizer: slot ${index} must be given, got none`);
  return slot;
}

/** Emits one update. */
export type UpdateRule = (updated: Updated) => UpdateResult;

/** Finds and configures an optimizer. @throws {UsageError} for an unknown name or option */
export function configureOptimizer(named: NamedConfig): Optimizer {
  return configureNamed("optimizer", table, named);
}
