// The contract of a learning-rate schedule: a formula of the number of finished steps, emitted into the step itself.
import { add, less, mul, select, sub, type Operand } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import {
  asNamed,
  configureNamed,
  type Configurable,
  type ConfigReader,
  type NamedConfig,
} from "../model/config.ts";
import * as formulas from "./schedules.ts";

/** A schedule kind. */
export type ScheduleDefinition = Configurable<Schedule>;

/** Learning rate at a step: `step` is f32 [], the number of steps finished before, so 0 in the first. */
export type Schedule = (step: Value) => Operand;

/**
 * `peak` * (t + 1) / `steps` in the first `steps` steps (Goyal et al. 2017, section 2.2), then `after`, a rate or a
 * schedule that starts counting there; without it, `peak`.
 */
const warmup: ScheduleDefinition = {
  configure: (read) => {
    const peak = read.number("peak", undefined, { min: 0 });
    const steps = read.integer("steps", undefined, { min: 1 });
    const after = readLearningRate(read, peak, "after");
    return (t) => {
      const rising = mul(add(t, 1), peak / steps);
      return select(less(t, steps), rising, after(sub(t, steps)));
    };
  },
};

const table: Readonly<Record<string, ScheduleDefinition>> = { ...formulas, warmup };

/** Finds and configures a schedule. @throws {UsageError} for an unknown name or option */
export function configureSchedule(named: NamedConfig): Schedule {
  return configureNamed("schedule", table, named);
}

/** Reads a learning rate: a number >= 0, or a schedule by name or object. */
export function readLearningRate(
  read: ConfigReader,
  fallback: number,
  key = "learningRate",
): Schedule {
  const value = read.raw(key) ?? fallback;
  if (typeof value === "number") {
    const rate = read.number(key, fallback, { min: 0 });
    return () => rate;
  }
  return configureNamed(`${read.where}: ${key}: schedule`, table, asNamed(read, key, value));
}
