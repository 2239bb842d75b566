// Errors across process borders: flattened on one side, given back their class on the other.
import {
  BackendUnavailableError,
  DataError,
  FastGpuError,
  GraphError,
  MeasurementError,
  ModelError,
  NotDifferentiableError,
  ShapeError,
  SuiteError,
  UnsupportedOpError,
  UsageError,
} from "@fastgpu/core";
import { CancelledError, EngineError, OutOfMemoryError, type WireError } from "../errors.ts";

/** Engines report exhausted memory in their own words; these are the ones seen from ONNX Runtime, Dawn, CUDA and V8. */
const outOfMemoryWords =
  /out of memory|bad_alloc|failed to allocate memory|allocation failed|cudaErrorMemoryAllocation|OUT_OF_MEMORY/i;

/** Flattens any thrown value. */
export function toWireError(thrown: unknown): WireError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  const fix = error instanceof BackendUnavailableError ? { fix: error.fix } : {};
  const isOutOfMemory = error instanceof RangeError && /allocation/i.test(error.message);
  const code =
    error instanceof FastGpuError
      ? error.code
      : isOutOfMemory || outOfMemoryWords.test(error.message)
        ? "OUT_OF_MEMORY"
        : "ENGINE";
  return { code, name: error.name, message: firstLine(error.message), ...stack, ...fix };
}

/** Gives a flattened error its class back; the remote stack becomes the cause's stack. */
export function fromWireError(wire: WireError): FastGpuError {
  const cause = new Error(wire.message);
  if (wire.stack !== undefined) cause.stack = wire.stack;
  const options = { cause };
  switch (wire.code) {
    case "SHAPE":
      return new ShapeError(wire.message, options);
    case "GRAPH":
      return new GraphError(wire.message, options);
    case "UNSUPPORTED_OP":
      return new UnsupportedOpError(wire.message, options);
    case "NOT_DIFFERENTIABLE":
      return new NotDifferentiableError(wire.message, options);
    case "BACKEND_UNAVAILABLE":
      return new BackendUnavailableError(wire.message, { fix: wire.fix ?? "", ...options });
    case "OUT_OF_MEMORY":
      return new OutOfMemoryError(wire.message, options);
    case "CANCELLED":
      return new CancelledError(wire.message);
    case "MODEL":
      return new ModelError(wire.message, options);
    case "DATA":
      return new DataError(wire.message, options);
    case "SUITE":
      return new SuiteError(wire.message, options);
    case "MEASUREMENT":
      return new MeasurementError(wire.message, options);
    case "USAGE":
      return new UsageError(wire.message, options);
    case "DEVICE_LOST":
    case "TIMEOUT":
    case "ENGINE":
      return new EngineError(wire.message, options);
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
