// The requests that a backend process answers, as a discriminated union. Payloads are structured-clone data.
import type {
  CompileOptions,
  Counters,
  DeviceInfo,
  Diagnosis,
  Graph,
  KernelTiming,
  OpenOptions,
  TensorMap,
} from "@fastgpu/core";

/** A number that stands for an object living in the backend process. */
export type Handle = number;

/** A function to call in the backend process: an exported `Job` of a module. */
export interface JobReference {
  /** `file:` URL of a compiled module. */
  readonly module: string;
  readonly name: string;
}

/** What a caller can ask of a backend process. */
export type Request =
  | {
      readonly kind: "devices";
      readonly backend: string;
      /** The first device will do; the others need not be tried. */
      readonly isDefaultEnough?: boolean;
    }
  | { readonly kind: "diagnose"; readonly backend: string }
  | {
      readonly kind: "open";
      readonly backend: string;
      readonly device: string | DeviceInfo;
      readonly options: OpenOptions;
    }
  | { readonly kind: "supports"; readonly graph: Graph }
  | { readonly kind: "createState"; readonly initial: TensorMap }
  | { readonly kind: "readState"; readonly state: Handle; readonly names?: readonly string[] }
  | { readonly kind: "writeState"; readonly state: Handle; readonly values: TensorMap }
  | {
      readonly kind: "compile";
      readonly graph: Graph;
      readonly state?: Handle;
      readonly options: CompileOptions;
    }
  | {
      readonly kind: "run";
      readonly executable: Handle;
      readonly inputs: TensorMap;
      readonly fetch?: readonly string[];
    }
  | { readonly kind: "sync"; readonly executable: Handle }
  | { readonly kind: "timings"; readonly executable: Handle }
  | { readonly kind: "counters" }
  | { readonly kind: "memory" }
  | { readonly kind: "dispose"; readonly handle: Handle }
  | { readonly kind: "job"; readonly job: JobReference; readonly argument: unknown };

/** Memory of the backend process. */
export interface ProcessMemory {
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

/** What each request is answered with. */
export interface ReplyOf {
  readonly devices: readonly DeviceInfo[];
  readonly diagnose: readonly Diagnosis[];
  readonly open: DeviceInfo;
  readonly supports: true | { readonly reason: string };
  readonly createState: Handle;
  readonly readState: TensorMap;
  readonly writeState: undefined;
  readonly compile: Handle;
  readonly run: TensorMap;
  readonly sync: undefined;
  readonly timings: readonly KernelTiming[] | undefined;
  readonly counters: Counters;
  readonly memory: ProcessMemory;
  readonly dispose: undefined;
  readonly job: unknown;
}
