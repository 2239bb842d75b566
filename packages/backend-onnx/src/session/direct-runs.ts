// The engine's entry below the argument checks of the binding's public `run`, which copy and check every name again and
// take 2% of a run of 15 us. It is not part of the public API, so it is used where it is found, and only for runs whose
// outputs all have buffers: what the binding makes of other results is its own business.
import type { InferenceSession, Tensor } from "onnxruntime-node";

/** Runs without checks: every input must be fed, every fetched output must have a buffer. */
export interface DirectRuns {
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor | null>>,
    options: InferenceSession.RunOptions,
  ): Promise<InferenceSession.ReturnType>;
}

/** Options of a run that asks for nothing special. */
export const noOptions: InferenceSession.RunOptions = {};

/** The direct entry of a session; undefined if this version of the binding has none. */
export function directRuns(session: InferenceSession): DirectRuns | undefined {
  const { handler } = session as unknown as { readonly handler?: Partial<DirectRuns> };
  return typeof handler?.run === "function" ? (handler as DirectRuns) : undefined;
}
