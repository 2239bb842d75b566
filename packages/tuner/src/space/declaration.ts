// What a user writes to declare a search space, in a suite's JSON or in TypeScript. Plain data, except that
// TypeScript may give a constraint as a function.

/**
 * A value of a parameter: a category, a number, or the numbers of a simplex (units per part, which sum to `total`) or of
 * cuts (ascending positions, `parts - 1` of them).
 */
export type ParameterValue = string | number | boolean | readonly number[];

/** One point of a space: a value for every active parameter, none for an inactive one. */
export type Configuration = Readonly<Record<string, ParameterValue>>;

/** A parameter is active only where every named parent is active and has one of these values. */
export type Condition = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[]>
>;

interface Conditional {
  readonly when?: Condition;
}

/** Values without an order. */
export interface CategoricalParameter extends Conditional {
  readonly kind: "categorical";
  readonly values: readonly (string | number | boolean)[];
}

/** false or true. */
export interface BooleanParameter extends Conditional {
  readonly kind: "boolean";
}

/** Values in a meaningful order; the distance of two is that of their ranks. */
export interface OrdinalParameter extends Conditional {
  readonly kind: "ordinal";
  readonly values: readonly (string | number | boolean)[];
}

/**
 * Whole numbers from `min` to `max`, both included. `scale` says where distances are equal: "linear" (default), "log"
 * (min >= 1), or "power-of-two", which has only the powers of two in the range.
 */
export interface IntegerParameter extends Conditional {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly scale?: "linear" | "log" | "power-of-two";
}

/** Real numbers from `min` to `max`, resolved to 2^-20 of the (scaled) range; "log" needs min > 0. */
export interface RealParameter extends Conditional {
  readonly kind: "real";
  readonly min: number;
  readonly max: number;
  readonly scale?: "linear" | "log";
}

/**
 * A split of `total` over `parts` (a batch over devices), in units of `step` (default 1), each part at least `min`
 * (default 0). The value lists the parts, which sum to `total`.
 */
export interface SimplexParameter extends Conditional {
  readonly kind: "simplex";
  readonly parts: number;
  readonly total: number;
  readonly step?: number;
  readonly min?: number;
}

/**
 * A partition of `items` in a row into `parts` contiguous stages (layers over devices), each of at least `min` items
 * (default 1). The value lists the `parts - 1` ascending positions before which it is cut: stage i has the items from
 * cut i - 1 to cut i.
 */
export interface CutsParameter extends Conditional {
  readonly kind: "cuts";
  readonly items: number;
  readonly parts: number;
  readonly min?: number;
}

/** Every kind of parameter. */
export type ParameterDeclaration =
  | CategoricalParameter
  | BooleanParameter
  | OrdinalParameter
  | IntegerParameter
  | RealParameter
  | SimplexParameter
  | CutsParameter;

/**
 * A rule known before anything runs: an expression over parameter names (`"batch % microBatches == 0"`), or in
 * TypeScript a function with a name for messages and the parameters that it reads. A rule that reads an inactive
 * parameter does not apply.
 */
export type ConstraintDeclaration = string | PredicateConstraint;

/** A constraint in code. */
export interface PredicateConstraint {
  readonly name: string;
  readonly uses: readonly string[];
  readonly holds: (configuration: Configuration) => boolean;
}

/** A search space as it is declared. Parameters keep their order. */
export interface SpaceDeclaration {
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>;
  readonly constraints?: readonly ConstraintDeclaration[];
  /** If given, only these configurations are valid (and of them only those that keep the constraints). */
  readonly only?: readonly Configuration[];
}
