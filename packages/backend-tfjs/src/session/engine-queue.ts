// Runs tasks of all devices of a process one after another, each with its own engine current: TensorFlow.js has one
// current engine per process, and a task may pause in the middle.
import { RunQueue } from "@fastgpu/core";
import type { EngineName } from "../engines/engine-name.ts";
import { makeCurrent } from "../engines/load-engine.ts";

/** The queue that all devices share. */
const shared = new RunQueue();

/** The shared queue as one device uses it. */
export class EngineQueue {
  private readonly engine: EngineName;

  constructor(engine: EngineName) {
    this.engine = engine;
  }

  /** Starts the task when all before it have settled, on the device's engine. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return shared.run(async () => {
      await makeCurrent(this.engine);
      return task();
    });
  }

  /** Resolves when everything given so far has settled. */
  idle(): Promise<void> {
    return shared.idle();
  }
}
