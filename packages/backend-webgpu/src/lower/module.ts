// One WGSL module: what one dispatch runs. Holds the bindings of everything put into it, writes the entry point, and
// divides the grid among its segments.
import { hiddenZero, type Extension, type Wgsl } from "../kernels/kernel.ts";
import { sourcesOf, type FunctionName } from "./functions.ts";
import { arrayElement, StorageReader, type BindingForm, type Storage } from "./storage.ts";
import { isByte } from "./program.ts";

/** Largest grid along x; more workgroups continue along y. */
export const gridWidth = 65_535;

/** Code that runs on a linear grid of workgroups of its own. */
export interface Segment {
  readonly label: string;
  readonly declarations: Wgsl;
  readonly body: Wgsl;
  readonly functions: Iterable<FunctionName>;
  readonly extensions: readonly Extension[];
  readonly workgroupSize: number;
  readonly workgroups: number;
}

/** Several tensors bound as one, or a tensor by itself. */
export interface Bound {
  /** A storage of the buffer; for words any of it, as the whole buffer is bound. */
  readonly storage: Storage;
  readonly isWritten: boolean;
  readonly isWords: boolean;
}

/** A dispatch without its memory. */
export interface ModuleCode {
  readonly wgsl: Wgsl;
  readonly bindings: readonly Bound[];
  readonly workgroups: number;
}

/** Where a tensor lies when bindings are shared: which buffer, and its first word in it. */
export interface WordPlace {
  readonly buffer: string;
  readonly firstWord: number;
}

interface Binding {
  readonly name: Wgsl;
  readonly storage: Storage;
  readonly form: BindingForm;
  isWritten: boolean;
}

/** The bindings of a module under construction. */
export class ModuleBindings {
  /** Shared by all emitters of the module. */
  readonly counter: { next: number } = { next: 0 };
  private readonly bindings = new Map<string, Binding>();
  private readonly forms = new Map<number, { name: Wgsl; form: BindingForm }>();
  private readonly place: ((storage: Storage) => WordPlace) | undefined;

  /** @param place - given if tensors of one buffer share a binding of 32-bit words */
  constructor(place?: (storage: Storage) => WordPlace) {
    this.place = place;
  }

  /** Number of bindings so far. */
  get size(): number {
    return this.bindings.size;
  }

  /** Whether tensors are bound as words of their buffers. */
  get isWords(): boolean {
    return this.place !== undefined;
  }

  /** Reads a tensor from an element on; the first to ask decides the width. */
  reader(storage: Storage, offset = 0, width: 1 | 4 = 1): StorageReader {
    const { name, form } = this.bind(storage, width, false);
    return new StorageReader(name, storage.dtype, form, offset);
  }

  /** Name and form of a tensor that is written. */
  writer(storage: Storage): { readonly name: Wgsl; readonly form: BindingForm } {
    return this.bind(storage, 1, true);
  }

  /** Declarations, and what to bind in their order. */
  finish(): { declarations: Wgsl; bound: readonly Bound[] } {
    const all = [...this.bindings.values()];
    // A buffer may not be bound for reading and for writing in one dispatch, and all state may lie in one.
    const isStateWritten = all.some(({ storage, isWritten }) => isWritten && isState(storage));
    const bound = all.map(({ storage, isWritten, form }): Bound => ({
      storage,
      isWritten: isWritten || (isStateWritten && isState(storage)),
      isWords: form.kind === "words",
    }));
    const declarations = all.map(({ name, storage, form }, i) => {
      const access = bound[i]!.isWritten ? "read_write" : "read";
      const element = arrayElement(storage.dtype, form);
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`;
    });
    return { declarations: declarations.join("\n"), bound };
  }

  /** Whether some tensor is f16 and bound as such. */
  get hasHalf(): boolean {
    return [...this.bindings.values()].some(
      ({ storage, form }) => storage.dtype === "f16" && form.kind === "elements",
    );
  }

  private bind(
    storage: Storage,
    width: 1 | 4,
    isWritten: boolean,
  ): { readonly name: Wgsl; readonly form: BindingForm } {
    const known = this.forms.get(storage.id);
    const word = this.place?.(storage);
    const key = word === undefined ? `tensor ${storage.id}` : word.buffer;
    const binding = this.bindings.get(key) ?? this.add(key, storage, width, word !== undefined);
    binding.isWritten ||= isWritten;
    if (known !== undefined) return known;
    const form: BindingForm =
      word === undefined ? binding.form : { kind: "words", firstWord: word.firstWord };
    const made = { name: binding.name, form };
    this.forms.set(storage.id, made);
    return made;
  }

  private add(key: string, storage: Storage, width: 1 | 4, isWords: boolean): Binding {
    const form: BindingForm = isWords
      ? { kind: "words", firstWord: 0 }
      : { kind: "elements", width: isByte(storage.dtype) ? 1 : width };
    const binding = { name: `t${this.bindings.size}`, storage, form, isWritten: false };
    this.bindings.set(key, binding);
    return binding;
  }
}

/** Puts segments of one workgroup size into a module. */
export function assemble(segments: readonly Segment[], bindings: ModuleBindings): ModuleCode {
  const { declarations, bound } = bindings.finish();
  const functions = new Set(segments.flatMap((segment) => [...segment.functions]));
  const sources = sourcesOf(functions);
  const extensions = new Set(segments.flatMap((segment) => segment.extensions));
  const parts = [declarations, ...sources, ...segments.map((segment) => segment.declarations)];
  if (bindings.hasHalf || parts.concat(segments.map(({ body }) => body)).some(usesHalf)) {
    extensions.add("f16");
  }
  const workgroups = segments.reduce((sum, segment) => sum + segment.workgroups, 0);
  const wgsl = [
    ...[...extensions].map((name) =>
      name === "subgroup_id" ? `requires ${name};` : `enable ${name};`,
    ),
    ...parts.filter((part) => part !== ""),
    `@compute @workgroup_size(${segments[0]!.workgroupSize})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32${subgroupParameters(extensions)}) {
  let place = workgroup.x + workgroup.y * ${gridWidth}u;
  // Outside of the segments: in the one of a single workgroup the compiler knows the place.
  let ${hiddenZero} = place >> 31u;
  ${grid(segments)}
}`,
  ];
  return { wgsl: wgsl.join("\n"), bindings: bound, workgroups };
}

/** What a workgroup's lanes know of their subgroup. */
function subgroupParameters(extensions: ReadonlySet<Extension>): Wgsl {
  if (!extensions.has("subgroups")) return "";
  return [
    "",
    "@builtin(subgroup_invocation_id) subgroup_lane: u32",
    "@builtin(subgroup_size) subgroup_lanes: u32",
    ...(extensions.has("subgroup_id") ? ["@builtin(subgroup_id) subgroup: u32"] : []),
  ].join(", ");
}

/** Each segment in its part of the grid; the last row of a grid of several rows has workgroups to spare. */
function grid(segments: readonly Segment[]): Wgsl {
  let start = 0;
  const arms = segments.map(({ workgroups, body }) => {
    const group = start === 0 ? "let group = place;" : `let group = place - ${start}u;`;
    start += workgroups;
    return `if (place < ${start}u) {\n${group}\n${body}\n}`;
  });
  return arms.join(" else ");
}

function usesHalf(text: Wgsl): boolean {
  return /\bf16\b/.test(text);
}

function isState({ place }: Storage): boolean {
  return place.kind === "state";
}
