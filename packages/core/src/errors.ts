// The error classes of FastGPU: one base class, stable codes, one-line messages. Codes are listed in docs/errors.md.

/** Stable machine-readable error codes; messages may change between versions, codes do not. */
export type ErrorCode =
  | "SHAPE"
  | "GRAPH"
  | "UNSUPPORTED_OP"
  | "NOT_DIFFERENTIABLE"
  | "BACKEND_UNAVAILABLE"
  | "OUT_OF_MEMORY"
  | "DEVICE_LOST"
  | "TIMEOUT"
  | "CANCELLED"
  | "ENGINE"
  | "MODEL"
  | "DATA"
  | "SUITE"
  | "MEASUREMENT"
  | "USAGE";

/** Base class of every error FastGPU throws on purpose; `code` is stable, `cause` keeps the origin. */
export class FastGpuError extends Error {
  readonly code: ErrorCode;

  /**
   * @param code - stable code of the failure
   * @param message - `<where>: <rule that must hold>, got <values>[; <what to do>]`
   * @param options - the underlying error, when there is one
   */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Shapes, dtypes or attributes of an operation do not fit together. */
export class ShapeError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("SHAPE", message, options);
  }
}

/** A graph breaks one of the rules of `verifyGraph`. */
export class GraphError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("GRAPH", message, options);
  }
}

/** A backend or a file uses an operation that cannot be expressed. */
export class UnsupportedOpError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("UNSUPPORTED_OP", message, options);
  }
}

/** A gradient was asked for through an operation that declares it has none. */
export class NotDifferentiableError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("NOT_DIFFERENTIABLE", message, options);
  }
}

/** A backend cannot be opened on this machine; `fix` is a command or an instruction for the user. */
export class BackendUnavailableError extends FastGpuError {
  readonly fix: string;

  constructor(message: string, options: { readonly fix: string; readonly cause?: unknown }) {
    super("BACKEND_UNAVAILABLE", message, options);
    this.fix = options.fix;
  }
}

/** A model specification is inconsistent; the message names the layer. */
export class ModelError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("MODEL", message, options);
  }
}

/** A data file or a data set breaks a rule; the message names file, line and column. */
export class DataError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("DATA", message, options);
  }
}

/** A suite file is invalid; the message names file, line and rule. */
export class SuiteError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("SUITE", message, options);
  }
}

/** A measurement could not be taken or its result cannot be trusted. */
export class MeasurementError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("MEASUREMENT", message, options);
  }
}

/** A command line or an API call is wrong in itself: unknown name, contradictory options. */
export class UsageError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("USAGE", message, options);
  }
}
