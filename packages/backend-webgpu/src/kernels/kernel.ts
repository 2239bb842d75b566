// How a kernel file states itself. A kernel is one or several stages, each one dispatch of a linear grid of workgroups.
// The compiler owns the module around a stage: bindings, address of each tensor, bounds of the grid, and the `finish`
// function, into which it fuses what follows the kernel (bias, activation, cast, residual). So a kernel file knows
// neither buffers nor its consumers, and stages of different kernels can be put into one dispatch.
import type { DType } from "@fastgpu/core";
import type { FunctionName } from "../lower/functions.ts";

/** A piece of WGSL. Pieces are made by functions and put together by template literals; nothing edits a piece. */
export type Wgsl = string;

/**
 * Name of a u32 in scope of every stage that is 0, which no compiler can know, as it is computed from the place in the grid. A
 * bound that a compiler knows makes it write a loop out: fast on a GPU, slow to compile for a CPU.
 */
export const hiddenZero: Wgsl = "hidden_zero";

/** What an adapter can do, as far as kernels depend on it. */
export interface AdapterTraits {
  /** A CPU behind the API: lanes of a subgroup are lanes of a vector register, workgroup memory is plain memory. */
  readonly isSoftware: boolean;
  readonly hasF16: boolean;
  readonly hasSubgroups: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** WGSL's `subgroup_id`. Without it nobody can know which lanes of a workgroup make up a subgroup. */
  readonly hasSubgroupIds: boolean;
  /** WGSL's `packed_4x8_integer_dot_product`: dot4I8Packed and its relatives. */
  readonly hasPackedDot: boolean;
  /** What the user allows, and not the adapter: products of f16 added in f16 for a few depth indices. Default false. */
  readonly allowsHalfSums?: boolean;
  /** Configurations of `chromium_experimental_subgroup_matrix`, empty where it is absent. */
  readonly subgroupMatrices: readonly SubgroupMatrixShape[];
  readonly maxWorkgroupBytes: number;
  readonly maxWorkgroupLanes: number;
  readonly maxBindings: number;
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
}

/** A product that the adapter's matrix unit does: [m, k] x [k, n]. */
export interface SubgroupMatrixShape {
  readonly component: DType;
  readonly result: DType;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** WGSL extensions that a stage needs; `subgroup_id`, a feature of the language, goes with `subgroups`. */
export type Extension =
  "f16" | "subgroups" | "subgroup_id" | "chromium_experimental_subgroup_matrix";

/** An operand as the compiler hands it to a kernel file: a contiguous row-major tensor. */
export interface Operand {
  readonly dtype: DType;
  readonly elements: number;
  /** 4 if elements can be read four at a time from index 0 on, else 1. The tensor is padded, so the last four exist. */
  readonly alignment: 1 | 4;
}

/** How a stage reads one tensor. `source` is a position in the kernel's operands, or `scratch` of an earlier stage. */
export interface Read {
  readonly source: number | "scratch";
  /** Elements per binding element; 4 needs `alignment` 4 and pays where all reads are of four. */
  readonly width: 1 | 4;
}

/** A bound tensor inside of a stage. */
export interface TensorView {
  /** Element `index` (u32) as f32 for floats, i32 for integers. */
  load(index: Wgsl): Wgsl;
  /** Elements 4 q to 4 q + 3 as vec4<f32> or vec4<i32>; needs width 4. */
  load4(q: Wgsl): Wgsl;
  /** As `load4` for f16 without widening: vec4<f16>; needs width 4 and an f16 tensor. */
  loadHalf4(q: Wgsl): Wgsl;
  /** Four i8 or u8 elements from 4 q on as one u32; for byte tensors of alignment 4 whatever the width. */
  loadPacked(q: Wgsl): Wgsl;
}

/** What the compiler offers while it asks a stage for its code. */
export interface StageIo {
  /** The tensors in the order of the stage's `reads`. */
  readonly reads: readonly TensorView[];
  /** Makes a name unique within the module; every module-scope name of a stage must go through it. */
  readonly name: (base: string) => string;
  /**
   * Statement that ends one element of the result: `coordinates` are u32 expressions along `Kernel.output`, `value` is
   * f32 for floats and i32 for integers. Call it exactly once per element, and only inside of the result. In an earlier
   * stage than the last it stores f32 (or i32) into scratch, at coordinates along `Stage.scratch`.
   */
  readonly finish: (coordinates: readonly Wgsl[], value: Wgsl) => Wgsl;
}

/** Code of a stage. */
export interface StageCode {
  /** Module scope: workgroup variables, constants, functions. */
  readonly declarations: Wgsl;
  /**
   * Statements. In scope: {@link hiddenZero}; `group: u32`, linear index of the workgroup in [0, workgroups); `lane: u32`, in
   * [0, workgroupSize); with `subgroups`: `subgroup_lane: u32`, `subgroup_lanes: u32`; with `subgroup_id`: `subgroup: u32`, which
   * of the workgroup's subgroups. `group` is uniform, so barriers are allowed under conditions of it. Which values of `lane`
   * a subgroup has is up to the driver. No `return`.
   */
  readonly body: Wgsl;
}

/** One dispatch. */
export interface Stage {
  /** Short, for tables and traces: `tile 64x64x16`. */
  readonly label: string;
  readonly reads: readonly Read[];
  /** Shape of what this stage leaves in scratch for the next; absent for the last stage. */
  readonly scratch?: readonly number[];
  readonly workgroupSize: number;
  readonly workgroups: number;
  readonly extensions?: readonly Extension[];
  /** Functions of the library that the code calls. */
  readonly functions?: readonly FunctionName[];
  readonly emit: (io: StageIo) => StageCode;
}

/** A kernel for one problem. */
export interface Kernel {
  /** Sizes whose product is the number of elements of the result, row-major; `finish` takes one coordinate for each. */
  readonly output: readonly number[];
  readonly stages: readonly [...(readonly Stage[]), Stage];
}

/** A choice of tile parameters, by name; plain data, so that it can be searched and stored. */
export type Tile = Readonly<Record<string, number>>;

/**
 * A kernel family: what `kernels/<name>.ts` exports. `P` is the problem in sizes; problems are plain JSON, so that a tuned
 * tile can be stored under the problem's text.
 */
export interface KernelFamily<P> {
  /** Name of the file and of the op in tables. */
  readonly name: string;
  /** A good tile without measuring. `share` of the program's operations is this kernel's, in [0, 1]. */
  defaultTile(problem: P, operands: readonly Operand[], traits: AdapterTraits, share: number): Tile;
  /**
   * Tiles worth measuring, the default among them; all of them give right results. Of products (tiles with a `method`) the
   * default comes first, and of each other method its best guess.
   */
  tiles(problem: P, operands: readonly Operand[], traits: AdapterTraits): readonly Tile[];
  /** The kernel. Must work for every tile that `tiles` or `defaultTile` gives for these arguments. */
  build(problem: P, operands: readonly Operand[], traits: AdapterTraits, tile: Tile): Kernel;
}
