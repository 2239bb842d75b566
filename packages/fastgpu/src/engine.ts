// The device a model runs on: chosen and opened when it is first needed, opened again after it was lost.
import type { ModelSpec, TensorMap } from "@fastgpu/core";
import {
  BackendCrashedError,
  BackendTimeoutError,
  DevicePool,
  openTraining,
  OutOfMemoryError,
  type RemoteDevice,
  type Training,
} from "@fastgpu/runtime";
import type { OptimizerTrial } from "./auto-optimizer.ts";
import { backendCandidates } from "./backend-candidates.ts";
import type { CompileOptions, Objective, OptimizerOption } from "./compile-options.ts";
import type { Ports } from "./ports.ts";
import { Predictor } from "./predictor.ts";
import { raceBackends, type RaceEntry } from "./race.ts";
import { requireTunedDevice, type TunedUse } from "./tuned.ts";

/** Everything that is fixed by `compile`. */
export interface Compiled {
  readonly spec: ModelSpec;
  readonly objective: Objective;
  readonly ports: Ports;
  readonly options: CompileOptions;
  /** The tuned file that the options were completed from. */
  readonly tuned?: TunedUse;
}

/** Data of one training. */
export interface TrainingData {
  readonly train: TensorMap;
  readonly validation?: TensorMap;
  readonly batchSize: number;
}

/** Owns the device pool of one model. */
export class Engine {
  compiled: Compiled;
  /** How the candidates of `"auto"` did; empty if there was no choice. */
  race: readonly RaceEntry[] = [];
  /** How the choices of `optimizer: "auto"` did; absent before the race or without one. */
  optimizerTrials: readonly OptimizerTrial[] | undefined;
  private readonly pool = new DevicePool();
  private backend: string | undefined;
  private device: Promise<RemoteDevice> | undefined;
  private predictor: { readonly state: object; readonly predictor: Predictor } | undefined;

  constructor(compiled: Compiled) {
    this.compiled = compiled;
  }

  /** The open device. @throws {BackendUnavailableError} with a fix, if there is none */
  open(): Promise<RemoteDevice> {
    if (this.device === undefined) {
      const opening = this.choose();
      this.device = opening;
      opening.catch(() => {
        if (this.device === opening) this.device = undefined;
      });
    }
    return this.device;
  }

  /** Name of the backend that was chosen. */
  get backendName(): string | undefined {
    return this.backend;
  }

  /** Starts a training from a state; without one, from initial parameters. */
  openTraining(
    data: TrainingData,
    state: TensorMap | undefined,
    objective: Objective = this.compiled.objective,
  ): Promise<Training> {
    const { spec, options } = this.compiled;
    const { train, validation, batchSize } = data;
    return this.guard(async (device) =>
      openTraining(device, {
        model: spec,
        objective,
        batchSize,
        data: { train, ...(validation === undefined ? {} : { validation }) },
        stepsPerRun: options.stepsPerRun ?? "auto",
        precision: options.precision ?? "f32",
        seed: options.seed ?? 0,
        ...(state === undefined ? {} : { initialState: state }),
      }),
    );
  }

  /** Trains with another optimizer from now on. */
  useOptimizer(optimizer: OptimizerOption): void {
    const { compiled } = this;
    this.compiled = {
      ...compiled,
      options: { ...compiled.options, optimizer },
      objective: { ...compiled.objective, optimizer },
    };
  }

  /** Predicts with parameters as constants; programs are kept as long as `state` is the same object. */
  predict(inputs: TensorMap, state: TensorMap): Promise<TensorMap> {
    return this.guard(async (device) => {
      if (this.predictor?.state !== state) {
        await this.predictor?.predictor.dispose();
        const { spec, options } = this.compiled;
        const predictor = new Predictor(device, spec, options.precision ?? "f32", state);
        this.predictor = { state, predictor };
      }
      return this.predictor.predictor.run(inputs);
    });
  }

  /** Runs on the device; one that was lost is forgotten, so that the next call opens another. */
  async guard<T>(use: (device: RemoteDevice) => Promise<T>): Promise<T> {
    const opening = this.open();
    const device = await opening;
    try {
      return await use(device);
    } catch (error) {
      if (isLoss(error)) {
        this.predictor = undefined;
        if (this.device === opening) this.device = undefined;
        await device.kill();
      }
      throw error;
    }
  }

  /** Ends the backend process and its thread. */
  async dispose(): Promise<void> {
    this.device = undefined;
    this.predictor = undefined;
    await this.pool.close();
  }

  private async choose(): Promise<RemoteDevice> {
    const { spec, objective, ports, options, tuned } = this.compiled;
    const openBackend = async (backend: string): Promise<RemoteDevice> => {
      const { threads, engineSettings } = options;
      const configuration = tuned?.file.configuration;
      // Settings belong to the engine that they were tuned for.
      const stored = configuration?.backend === backend ? configuration.engine : undefined;
      const engine = { ...stored, ...engineSettings };
      const device = await this.pool.openDevice({
        backend,
        device: options.device ?? options.engine ?? "default",
        options: {
          ...(threads === undefined ? {} : { threads }),
          ...(Object.keys(engine).length === 0 ? {} : { engine }),
        },
      });
      if (tuned !== undefined) await this.checkTuned(tuned, device);
      return device;
    };
    // A choice that was made holds, also for a device that has to be opened again.
    if (this.backend !== undefined) return openBackend(this.backend);
    const candidates = backendCandidates(options.backend ?? "auto");
    const { precision = "f32", stepsPerRun = "auto" } = options;
    const program = { spec, objective, ports, precision, stepsPerRun };
    const result = await raceBackends(candidates, openBackend, program);
    this.backend = result.backend;
    this.race = result.entries;
    return result.device;
  }

  private async checkTuned(tuned: TunedUse, device: RemoteDevice): Promise<void> {
    try {
      requireTunedDevice(tuned, device.info);
    } catch (error) {
      await device.dispose();
      throw error;
    }
  }
}

/** True if the process that held the device is gone. */
export function isLoss(error: unknown): boolean {
  return (
    error instanceof BackendCrashedError ||
    error instanceof BackendTimeoutError ||
    (error instanceof OutOfMemoryError && error.end !== undefined)
  );
}
