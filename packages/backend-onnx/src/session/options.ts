// Session options: the engine settings a user may give, checked, and what every session gets.
import { UsageError, type OpenOptions } from "@fastgpu/core";
import type { InferenceSession } from "onnxruntime-node";
import { availableParallelism } from "node:os";

type SessionOptions = InferenceSession.SessionOptions;

const choices: Readonly<Record<string, readonly (string | boolean)[]>> = {
  graphOptimizationLevel: ["disabled", "basic", "extended", "layout", "all"],
  executionMode: ["sequential", "parallel"],
  enableCpuMemArena: [true, false],
  enableMemPattern: [true, false],
};

/**
 * Options for the sessions of a device.
 *
 * @param provider - execution provider as ONNX Runtime names it, with its settings
 * @throws {UsageError} for an unknown engine setting or a value it cannot have
 */
export function sessionOptions(
  provider: InferenceSession.ExecutionProviderConfig,
  { threads, engine = {} }: OpenOptions,
): SessionOptions {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new UsageError(`onnx: threads must be an integer >= 1, got ${threads}`);
  }
  const chosen: Record<string, unknown> = {};
  const session: Record<string, string> = {};
  for (const [name, value] of Object.entries(engine)) {
    if (name.startsWith("session.")) {
      session[name.slice("session.".length)] = String(value);
      continue;
    }
    const allowed = choices[name];
    if (allowed === undefined) {
      throw new UsageError(
        `onnx: engine settings are ${Object.keys(choices).join(", ")} and session.*, got "${name}"`,
      );
    }
    if (!allowed.includes(value as string | boolean)) {
      throw new UsageError(`onnx: ${name} must be one of ${allowed.join(", ")}, got ${value}`);
    }
    chosen[name] = value;
  }
  return {
    executionProviders: [provider],
    // Without these, ONNX Runtime sizes its pool by the machine and not by the cores the process may use.
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Errors arrive as exceptions; the log would only repeat them on stderr.
    logSeverityLevel: 4,
    ...chosen,
    ...(Object.keys(session).length === 0 ? {} : { extra: { session } }),
  };
}
