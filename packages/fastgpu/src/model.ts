// The model: layers, and what can be done with them. Holds the state between calls; devices and loops are elsewhere.
import {
  initialState,
  ModelError,
  UsageError,
  type ModelSpec,
  type TensorMap,
} from "@fastgpu/core";
import { Dataset } from "@fastgpu/data";
import type { Evaluated, Training } from "@fastgpu/runtime";
import { objectiveOf, type CompileOptions } from "./compile-options.ts";
import { examplesToTensors, inputsToTensors, type Examples, type Inputs } from "./data/examples.ts";
import { Engine, isLoss } from "./engine.ts";
import { writeArtifacts } from "./export/artifacts.ts";
import { exportedModel, type ExportOptions } from "./export/export-model.ts";
import { parametersIn, writeModelFolder } from "./files/model-folder.ts";
import type { SavedTraining } from "./files/model-file.ts";
import { checkFitOptions, runFit, type FitOptions } from "./fit.ts";
import type { Evaluation, History } from "./history.ts";
import type { Layer } from "./layers/layer.ts";
import { SymbolicTensor } from "./layers/symbolic-tensor.ts";
import { portsOf } from "./ports.ts";
import type { ModelOptions, Placement, SaveOptions } from "./model-options.ts";
import { Predictions } from "./predictions.ts";
import { summarize } from "./summary.ts";
import { specOf } from "./topology.ts";
import { raceOptimizers } from "./race-optimizers.ts";
import { placementOf } from "./placement.ts";
import { readTuned, withTuned } from "./tuned.ts";

interface LiveTraining {
  readonly training: Training;
  readonly train: Examples;
  readonly validation: Examples | undefined;
  readonly batchSize: number;
}

/**
 * A neural network: layers, parameters, and an engine to train and run them on.
 *
 * @example
 * ```ts
 * const model = new fg.Model();
 * model.add(fg.layers.input(784));
 * model.add(fg.layers.dense(128, { activation: "sigmoid" }));
 * model.add(fg.layers.dense(10, { activation: "softmax" }));
 * await model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * const history = await model.fit(train, { epochs: 10, validationData: validation });
 * ```
 */
export class Model {
  readonly name: string;
  private readonly inputs: SymbolicTensor[] = [];
  private outputs: readonly SymbolicTensor[] = [];
  private described: ModelSpec | undefined;
  private engine: Engine | undefined;
  private live: LiveTraining | undefined;
  /** Latest known state, by parameter name; absent: the initial one. Replaced, never changed. */
  private state: TensorMap | undefined;
  /** What a model without a state starts from; kept, as programs are kept by the identity of their state. */
  private initial: TensorMap | undefined;
  /** Epochs that `state` has been trained for. */
  private stateEpochs = 0;
  /** True while the device is ahead of `state`. */
  private isAhead = false;
  private isFitting = false;
  private epochs = 0;

  /** @throws {ModelError} if the layers of a functional model do not fit together */
  constructor(options: ModelOptions = {}) {
    const { name = options.spec?.name ?? "model", inputs, outputs, spec } = options;
    this.name = name;
    if (spec !== undefined) this.described = spec;
    if (inputs === undefined && outputs === undefined) return;
    if (inputs === undefined || outputs === undefined || spec !== undefined) {
      throw new ModelError(`model "${name}": must have inputs and outputs, or a spec, or neither`);
    }
    this.described = specOf(name, inputs, outputs);
  }

  /**
   * Appends a layer to a sequential model; the first must be `layers.input`.
   *
   * @returns the model, so that calls can be chained
   * @throws {ModelError} naming the layer, if it does not fit the one before it
   */
  add(layer: Layer): this {
    if (this.described !== undefined && this.inputs.length === 0) {
      throw new ModelError(`model "${this.name}": layers can be added to a sequential model only`);
    }
    if (this.engine !== undefined) {
      throw new ModelError(`model "${this.name}": layers must be added before compile`);
    }
    const [last] = this.outputs;
    const isInput = layer.kind === "input";
    if (last === undefined && !isInput) {
      throw new ModelError(
        `model "${this.name}": first layer must be layers.input(shape), got ${layer.kind}`,
      );
    }
    const value = last === undefined || isInput ? new SymbolicTensor(layer, []) : layer.apply(last);
    if (last !== undefined && isInput) {
      throw new ModelError(
        `model "${this.name}": a sequential model must have one input, got a second; use new Model({ inputs, outputs })`,
      );
    }
    if (isInput) this.inputs.push(value);
    this.described = specOf(this.name, this.inputs, [value]);
    this.outputs = [value];
    return this;
  }

  /** The model as plain data. @throws {ModelError} if it has no layers yet */
  get spec(): ModelSpec {
    if (this.described !== undefined) return this.described;
    throw new ModelError(
      `model "${this.name}": must have layers, got none; add(layers.input(...))`,
    );
  }

  /** Epochs the model has been trained for, over all calls of `fit` and across `save` and `loadModel`. */
  get epochsTrained(): number {
    return this.epochs;
  }

  /**
   * Sets what to train towards and where. Parameters stay as they are; an optimizer's memory starts anew.
   *
   * @throws {ModelError} if an output does not suit its loss or a metric
   * @throws {UsageError} for unknown names and options
   * @throws {BackendUnavailableError} with a fix, if no backend can run the model
   */
  async compile(options: CompileOptions): Promise<void> {
    this.refuseWhileFitting("compile");
    const { spec } = this;
    objectiveOf(options);
    const tuned = await readTuned(options, spec);
    const complete = withTuned(options, tuned);
    const objective = objectiveOf(complete);
    const ports = portsOf(spec, objective);
    const use = tuned === undefined ? {} : { tuned };
    const engine = new Engine({ spec, objective, ports, options: complete, ...use });
    try {
      await engine.open();
    } catch (error) {
      await engine.dispose();
      throw error;
    }
    await this.dispose();
    this.engine = engine;
    this.initial = undefined;
    if (this.state !== undefined) this.state = parametersIn(spec, this.state);
  }

  /** Where the model runs. @throws {UsageError} if it is not compiled */
  async placement(): Promise<Placement> {
    const engine = this.compiled("placement");
    return placementOf(engine, await engine.open());
  }

  /**
   * Trains on all rows of a data set, several times over.
   *
   * @throws {DataError} naming the layer, if the data does not fit the model
   * @throws {UsageError} if the model is not compiled or already training, or an option is out of range
   */
  async fit(data: Examples, options: FitOptions = {}): Promise<History> {
    const engine = this.compiled("fit");
    this.refuseWhileFitting("fit");
    checkFitOptions(options);
    this.isFitting = true;
    try {
      const training = await this.trainingFor(engine, data, options);
      this.isAhead = true;
      const task = {
        training,
        hasValidation: options.validationData !== undefined,
        epochsBefore: this.epochs,
        seed: options.seed ?? engine.compiled.options.seed ?? 0,
        epochDone: () => {
          this.epochs++;
        },
        save: (folder: string) => this.save(folder),
      };
      const history = await engine.guard(() => runFit(task, options));
      this.isFitting = false;
      await engine.guard(() => this.knownState());
      return history;
    } catch (error) {
      await this.recover(error);
      throw error;
    } finally {
      this.isFitting = false;
    }
  }

  /**
   * Loss and metrics over a data set, by name; dropout and the like are off and penalties are left out.
   *
   * @example `const { loss, accuracy } = await model.evaluate(validation);`
   * @throws {DataError} naming the layer, if the data does not fit the model
   */
  async evaluate(data: Examples): Promise<Evaluation> {
    const engine = this.compiled("evaluate");
    try {
      const { loss, metrics } = await engine.guard(() => this.evaluated(engine, data));
      return { loss, ...metrics };
    } catch (error) {
      await this.recover(error);
      throw error;
    }
  }

  /**
   * The model's results for rows of inputs.
   *
   * @example `const classes = (await model.predict(images)).argMax();`
   * @throws {DataError} naming the layer, if the data does not fit the model
   */
  async predict(data: Inputs): Promise<Predictions> {
    const engine = this.compiled("predict");
    const inputs = inputsToTensors("predict", data, engine.compiled.ports.inputs);
    try {
      return new Predictions(await engine.predict(inputs, await this.currentState()));
    } catch (error) {
      await this.recover(error);
      throw error;
    }
  }

  /** A table of layers, shapes and parameter counts. */
  summary(): string {
    return summarize(this.spec);
  }

  /** Everything that training changes, by name: parameters, statistics, the optimizer's memory. */
  async readState(): Promise<TensorMap> {
    return this.currentState();
  }

  /**
   * Replaces all parameters, or the whole state as `readState` gave it.
   *
   * @param epochs - epochs it has been trained for; default: as the model now
   */
  async writeState(state: TensorMap, epochs: number = this.epochs): Promise<void> {
    this.refuseWhileFitting("writeState");
    await this.dropLive();
    this.state = { ...state };
    this.isAhead = false;
    this.epochs = epochs;
    this.stateEpochs = epochs;
  }

  /**
   * Writes the model into a folder: model.json and weights.safetensors, each replaced as a whole.
   *
   * @throws {UsageError} if the folder cannot be written
   */
  async save(folder: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    const { spec: model } = this;
    const all = await this.currentState();
    const state = optimizer ? all : parametersIn(model, all);
    const training = this.savedTraining();
    const saved = { model, state, epochs: this.epochs };
    await writeModelFolder(folder, training === undefined ? saved : { ...saved, training });
  }

  /**
   * Writes the model into a folder as TensorFlow.js reads it for inference: model.json and its weights. What it was compiled
   * with by `tuned` goes along as `userDefinedMetadata.fastgpu.tuned`, with all that it is good for.
   *
   * @example `await model.export("web", { format: "tfjs-layers" });` then `tf.loadLayersModel("web/model.json")`
   * @throws {UnsupportedOpError} naming the layer that the format cannot express
   * @throws {UsageError} if the format is unknown or the folder cannot be written
   */
  async export(folder: string, options: ExportOptions): Promise<void> {
    const state = await this.currentState();
    const tuned = this.engine?.compiled.tuned?.file;
    await writeArtifacts(folder, exportedModel(this.spec, state, options, tuned));
  }

  /** Ends the backend process; the model keeps its state, and the next call opens a device again. */
  async dispose(): Promise<void> {
    if (this.engine === undefined) return;
    await this.knownState();
    this.live = undefined;
    await this.engine.dispose();
  }

  /** As `dispose`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  private async evaluated(engine: Engine, data: Examples): Promise<Evaluated> {
    const { live } = this;
    // A data set that is on the device already need not go there again.
    if (live !== undefined && data instanceof Dataset) {
      if (data === live.validation) return live.training.evaluate("validation");
      if (data === live.train) return live.training.evaluate("train");
    }
    const train = examplesToTensors("evaluate", data, engine.compiled.ports);
    const state = await this.knownState();
    const training = await engine.openTraining({ train, batchSize: 1 }, state);
    try {
      return await training.evaluate("train");
    } finally {
      await training.dispose().catch(() => undefined);
    }
  }

  private savedTraining(): SavedTraining | undefined {
    if (this.engine === undefined) return undefined;
    const { objective, options } = this.engine.compiled;
    const { precision = "f32", stepsPerRun = "auto", seed = 0 } = options;
    return { objective, precision, stepsPerRun, seed };
  }

  /** The training on these data: the one that is open if they are the same data sets, else a new one. */
  private async trainingFor(
    engine: Engine,
    data: Examples,
    options: FitOptions,
  ): Promise<Training> {
    const { validationData, batchSize = 32 } = options;
    const { live } = this;
    const isSame =
      live !== undefined &&
      data instanceof Dataset &&
      live.train === data &&
      live.validation === validationData &&
      live.batchSize === batchSize;
    if (isSame) return live.training;
    const { ports } = engine.compiled;
    const train = examplesToTensors("fit", data, ports);
    const validation =
      validationData === undefined
        ? {}
        : { validation: examplesToTensors("fit: validationData", validationData, ports) };
    const state = await this.knownState();
    await this.dropLive();
    const rows = { train, ...validation, batchSize };
    if (engine.compiled.options.optimizer === "auto") {
      await raceOptimizers(engine, rows, state, options);
    }
    const training = await engine.openTraining(rows, state);
    this.live = { training, train: data, validation: validationData, batchSize };
    return training;
  }

  /** The state as it is now, fetched from the device if that is ahead; absent if the model is as it began. */
  private async knownState(): Promise<TensorMap | undefined> {
    if (this.isAhead && this.live !== undefined) {
      const epochs = this.epochs;
      this.state = await this.live.training.readState();
      this.stateEpochs = epochs;
      // While an epoch may be in progress, what was read is old at once.
      this.isAhead = this.isFitting;
    }
    return this.state;
  }

  private async currentState(): Promise<TensorMap> {
    const known = await this.knownState();
    if (known !== undefined) return known;
    this.initial ??= initialState(this.spec, this.engine?.compiled.options.seed ?? 0);
    return this.initial;
  }

  /** After a failed training: the state on the device, or the latest one known if the device is gone. */
  private async recover(error: unknown): Promise<void> {
    this.isFitting = false;
    // The device may be lost meanwhile; then reading fails too, and the older state is what is left.
    if (!isLoss(error) && (await this.knownState().then(succeeded, failed))) return;
    this.live = undefined;
    this.isAhead = false;
    this.epochs = this.stateEpochs;
  }

  private async dropLive(): Promise<void> {
    const { live } = this;
    this.live = undefined;
    await live?.training.dispose().catch(() => undefined);
  }

  private compiled(what: string): Engine {
    if (this.engine !== undefined) return this.engine;
    throw new UsageError(`${what}: model "${this.name}" must be compiled, got one that is not`);
  }

  private refuseWhileFitting(what: string): void {
    if (!this.isFitting) return;
    throw new UsageError(`${what}: model "${this.name}" must not be training, got a fit that runs`);
  }
}

const succeeded = (): boolean => true;
const failed = (): boolean => false;
