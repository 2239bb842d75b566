// The space of optimizers: which rule, how fast it learns, how that changes, and how parameters decay. Used wherever
// `optimizer: "auto"` is meant.
import type { Configuration, ParameterDeclaration } from "../space/declaration.ts";

/** A parameter with its value in the default configuration. */
export interface OptimizerParameter {
  readonly declaration: ParameterDeclaration;
  readonly fallback?: string | number;
}

/** An optimizer as models take it. */
export interface OptimizerChoice {
  readonly name: string;
  readonly learningRate:
    number | { readonly name: "cosine"; readonly initial: number; readonly steps: number };
  readonly weightDecay?: number;
}

/** Rules whose default learning rate differs by orders of magnitude are tried over all of them. */
const names = ["adam", "adamw", "nesterov", "rmsprop", "lion"] as const;

/** The parameters `optimizer`, `learningRate`, `schedule` and, for adamw, `weightDecay`; the default is adam at 0.001. */
export function optimizerParameters(): Readonly<Record<string, OptimizerParameter>> {
  return {
    optimizer: { declaration: { kind: "categorical", values: names }, fallback: "adam" },
    learningRate: {
      declaration: { kind: "real", min: 1e-5, max: 0.3, scale: "log" },
      fallback: 1e-3,
    },
    schedule: {
      declaration: { kind: "categorical", values: ["constant", "cosine"] },
      fallback: "constant",
    },
    weightDecay: {
      declaration: {
        kind: "real",
        min: 1e-5,
        max: 0.3,
        scale: "log",
        when: { optimizer: "adamw" },
      },
      fallback: 0.01,
    },
  };
}

/**
 * The optimizer of a configuration; undefined if it names none.
 *
 * @param steps - of the whole training, at least 1: where a cosine ends
 */
export function optimizerOf(
  configuration: Configuration,
  steps: number,
): OptimizerChoice | undefined {
  const { optimizer = "adam", learningRate, schedule, weightDecay } = configuration;
  if (configuration["optimizer"] === undefined && learningRate === undefined) return undefined;
  const initial = typeof learningRate === "number" ? learningRate : 1e-3;
  return {
    name: String(optimizer),
    learningRate:
      schedule === "cosine" ? { name: "cosine", initial, steps: Math.max(1, steps) } : initial,
    ...(typeof weightDecay === "number" ? { weightDecay } : {}),
  };
}
