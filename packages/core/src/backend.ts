// The backend port: what an engine implements so that graphs run on it. Three small interfaces, async only.
// A backend package's default export is a Backend; it is loaded by module name inside a backend process and nowhere else.
import type { DType } from "./graph/dtype.ts";
import type { Graph } from "./graph/graph.ts";
import type { TensorMap } from "./graph/tensor.ts";
import type { ModelPort } from "./model-file/model-port.ts";
import type { ModelTensorMap } from "./model-file/model-tensor.ts";

/** What a device is; everything a report needs to tell two devices apart. */
export interface DeviceInfo {
  /** Name of the backend that drives it: `onnx`, `webgpu`, ... */
  readonly backend: string;
  /** Stable within the machine and unique within the backend, as given to `--device`: `cpu`, `cuda:0`, `webgpu`. */
  readonly id: string;
  readonly kind: "cpu" | "gpu" | "npu";
  /** Product name of the hardware, such as `AMD EPYC 9654`. */
  readonly name: string;
  /** True for a software rasteriser that stands in for a GPU. */
  readonly isSoftware?: boolean;
  /** Dtypes that can be computed in, not merely stored. */
  readonly dtypes: readonly DType[];
  /** Memory the device can use, in bytes, where known. */
  readonly memoryBytes?: number;
  /** Limits a graph may run into, by name with unit: `maxBufferBytes`, ... */
  readonly limits?: Readonly<Record<string, number>>;
  readonly driver?: string;
  /** The steps in which its clock tells the times of kernels, ns, where it has one and they were measured. */
  readonly timestampQuantumNs?: number;
  readonly engine: { readonly name: string; readonly version: string };
  /**
   * Engine settings that change speed, by name as `OpenOptions.engine` takes them, each with the values worth trying, the
   * engine's own choice first. A tuner searches them; absent = there are none.
   */
  readonly settings?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /**
   * For settings that change something only under some values of other settings, which are listed before them: those
   * settings with these values. A tuner need not try the others.
   */
  readonly settingsWhen?: Readonly<
    Record<string, Readonly<Record<string, readonly (string | number | boolean)[]>>>
  >;
}

/** Settings fixed when a device is opened. */
export interface OpenOptions {
  /** Threads the engine computes with, >= 1; default: the engine's own choice. CPU devices only. */
  readonly threads?: number;
  /** Upper bound for device memory in bytes, where the engine can enforce it. */
  readonly memoryLimitBytes?: number;
  /** Engine settings by name, checked by the backend: `graphOptimizationLevel`, ... */
  readonly engine?: Readonly<Record<string, string | number | boolean>>;
}

/** Settings fixed when a graph is compiled. */
export interface CompileOptions {
  /**
   * The program's state will not change while this executable lives: the engine may read it now and keep it as
   * constants (prepacked weights). Later writes to the state are then not seen. Default false.
   */
  readonly freezeState?: boolean;
}

/** Counts without noise; cumulative since the device was opened unless said otherwise. */
export interface Counters {
  /** Calls into the engine that start device work. */
  readonly dispatches: number;
  /** Programs, sessions or pipelines compiled. */
  readonly pipelinesCompiled: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Bytes of tensors held on behalf of the caller now; the engine's own arenas are not in it. */
  readonly liveBytes: number;
  readonly peakBytes: number;
  /** Tensors held now. */
  readonly liveTensors: number;
}

/** Device time of one kernel in the latest run, ns. */
export interface KernelTiming {
  readonly name: string;
  readonly op: string;
  readonly durationNs: number;
  /** When it began, ns from the beginning of the first kernel; absent if the engine tells durations only. */
  readonly startNs?: number;
  /** The steps of the clock behind these times, ns; absent if it was not measured. */
  readonly quantumNs?: number;
  /** Where it ran, such as `CPUExecutionProvider`. */
  readonly provider?: string;
}

/** Sizes that a kernel is generated with, by name: plain numbers, so that they can be searched and stored. */
export type KernelChoice = Readonly<Record<string, number>>;

/** A kernel of a program whose sizes can be chosen. */
export interface TunableKernel {
  /** Names the kernel, its problem and its operands' types; equal kernels of all programs share it. */
  readonly key: string;
  /** Name in tables, such as `matmul`. */
  readonly name: string;
  /** What is worth measuring, the engine's own choice first; all of them give right results. */
  readonly choices: readonly KernelChoice[];
}

/** Choosing the sizes of an engine's kernels by measuring them on this device. Stored choices are used by later compilations. */
export interface KernelTuning {
  /** Kernels of a graph with more than one choice, each once. */
  kernels(graph: Graph): readonly TunableKernel[];
  /**
   * Time of one run of a kernel of `kernels`, ns: the shortest mean of a few batches of together about `budgetMs`. Compiling
   * is not in it.
   *
   * @throws {MeasurementError} if the results are not those of the engine's own choice
   */
  measure(key: string, choice: KernelChoice, budgetMs: number): Promise<number>;
  /** Stores a choice for this adapter, driver and engine version. @throws {DataError} if it cannot be written */
  keep(key: string, choice: KernelChoice, durationNs: number): Promise<void>;
}

/** Where the time of one run went, ns. Parts that the engine cannot tell apart are absent. */
export interface RunSplit {
  /** Checks, bindings and everything else on the host. */
  readonly hostNs?: number;
  /** Inputs to where the engine reads them. */
  readonly uploadNs?: number;
  readonly computeNs?: number;
  /** Outputs to where the caller reads them. */
  readonly downloadNs?: number;
}

/** An engine; loaded once per backend process. */
export interface Backend {
  readonly name: string;
  /** What this machine has and really opens; `[]` for nothing, never throws for that. */
  devices(): Promise<readonly DeviceInfo[]>;
  /**
   * The device of an id, or the first one for `default`, where that is known without trying all of them. Asked before
   * `devices`, whose answer may take seconds; absent, or undefined as an answer, means that it is not known.
   */
  find?(id: string): Promise<DeviceInfo | undefined>;
  /**
   * Opens a device for exclusive use by this process.
   *
   * @throws {BackendUnavailableError} with the cause and a fix
   */
  open(device: DeviceInfo, options: OpenOptions): Promise<Device>;
  /** Why devices that a user may expect are missing, with the command that fixes it; for `doctor`. */
  diagnose?(): Promise<readonly Diagnosis[]>;
}

/** One line of `doctor`. */
export interface Diagnosis {
  readonly subject: string;
  readonly status: "ok" | "missing" | "broken";
  readonly detail: string;
  readonly fix?: string;
}

/** An open device. Calls may overlap; the device runs them in the order they were made. */
export interface Device {
  readonly info: DeviceInfo;
  /** True if `compile` will accept the graph. Cheap; compiles nothing. */
  supports(graph: Graph): true | { readonly reason: string };
  /** Places tensors on the device; they may be shared by several programs. */
  createState(initial: TensorMap): Promise<State>;
  /**
   * Compiles a graph. Its state slots are taken from `state` by name.
   *
   * @throws {UnsupportedOpError} if the graph has a node the engine cannot run
   * @throws {GraphError} if `state` lacks a slot or has one of another type
   */
  compile(graph: Graph, state?: State, options?: CompileOptions): Promise<Executable>;
  /**
   * Opens a model file in the engine's own format, where it has one. Files are untrusted.
   *
   * @param path - the file; data it refers to must lie in the same folder
   * @param dimensions - sizes of symbolic dimensions by name, those of axes without a name as `<input>.<axis>`;
   *   any that are not given stay symbolic
   * @throws {DataError} if the file is not a model, asks for something it may not have, or lacks a named dimension
   * @throws {UnsupportedOpError} if the engine cannot run it
   */
  openModel?(path: string, dimensions?: Readonly<Record<string, number>>): Promise<ModelExecutable>;
  counters(): Counters;
  /** Choosing sizes of kernels, where the engine has such choices. */
  readonly tuning?: KernelTuning;
  /** Frees everything; executables and states of this device are dead afterwards. */
  dispose(): Promise<void>;
}

/** A model file that was opened; its inputs and outputs are those it declares, in its own element types. */
export interface ModelExecutable {
  /** Every input that must be fed; symbolic dimensions stay symbolic unless they were given a size. */
  readonly inputs: readonly ModelPort[];
  /** What the file says of its outputs; their shapes may depend on the inputs' values. */
  readonly outputs: readonly ModelPort[];
  /** See {@link Executable.isSynchronous}. */
  readonly isSynchronous?: boolean;
  /**
   * Runs once. `inputs` must hold a value for every input that fits its port; one symbolic dimension has one size.
   * `fetch` names the outputs to return, all by default; with `[]` the model runs and returns nothing.
   *
   * @throws {GraphError} if a value is missing or does not fit
   */
  run(inputs: ModelTensorMap, fetch?: readonly string[]): Promise<ModelTensorMap>;
  /** See {@link Executable.sync}. */
  sync(): Promise<void>;
  /** See {@link Executable.timings}. */
  timings?(): Promise<readonly KernelTiming[]>;
  dispose(): Promise<void>;
}

/** Tensors that live on a device. */
export interface State {
  /** Copies slots to the host, all of them if no names are given. Waits for runs already started. */
  read(names?: readonly string[]): Promise<TensorMap>;
  /** Overwrites slots from the host; names and types must be those of `createState`. */
  write(values: TensorMap): Promise<void>;
  dispose(): Promise<void>;
}

/** A compiled program. */
export interface Executable {
  /**
   * True if a run has finished on the device when its promise settles: `sync` then has nothing to wait for, and a
   * measuring loop leaves it out. Absent or false where runs are only enqueued.
   */
  readonly isSynchronous?: boolean;
  /**
   * Runs once. `inputs` must hold every graph input with its type; they may be reused after the promise settles.
   * `fetch` names the outputs to return, all by default; `[]` only enqueues where the engine is asynchronous.
   */
  run(inputs: TensorMap, fetch?: readonly string[]): Promise<TensorMap>;
  /** Resolves when everything enqueued so far has finished on the device. */
  sync(): Promise<void>;
  /** Device time per kernel of the latest run, where the engine can tell. */
  timings?(): Promise<readonly KernelTiming[]>;
  /** Runs once like `run`, with a reading of the clock between the parts; state goes on as with any run. */
  split?(inputs: TensorMap, fetch?: readonly string[]): Promise<RunSplit>;
  dispose(): Promise<void>;
}
