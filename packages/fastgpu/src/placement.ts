// What a compiled model says about where it runs.
import type { RemoteDevice } from "@fastgpu/runtime";
import type { Engine } from "./engine.ts";
import type { Placement } from "./model-options.ts";
import { tunedDifferences } from "./tuned.ts";

/** The place of an engine that has opened its device. */
export function placementOf(engine: Engine, { info, pid }: RemoteDevice): Placement {
  const { backendName = info.backend, race, compiled, optimizerTrials } = engine;
  const { tuned } = compiled;
  return {
    backend: backendName,
    device: info.id,
    deviceName: info.name,
    processId: pid,
    race,
    ...(optimizerTrials === undefined ? {} : { optimizerTrials }),
    ...(tuned === undefined
      ? {}
      : { tuned: { file: tuned.path, differences: tunedDifferences(tuned, info) } }),
  };
}
