// Puts a stage of a kernel family into a module: its operands, and the function that ends an element with all that is
// fused behind the kernel.
import { sizeOf } from "@fastgpu/core";
import type { Kernel, Stage, StageIo, TensorView, Wgsl } from "../kernels/kernel.ts";
import { emitterOf, storeOf, type KernelContext } from "./kernel-context.ts";
import type { FunctionName } from "./functions.ts";
import type { Segment } from "./module.ts";
import { valueTypeOf } from "./program.ts";
import { narrowed } from "./scalar-ops.ts";
import { canonicalPosition, type Space } from "./space.ts";
import { storeStatement, type Storage } from "./storage.ts";

/** Scratch that a stage reads and writes. */
export interface StageScratch {
  readonly read: Storage | undefined;
  readonly write: Storage | undefined;
}

/** Writes one stage. */
export function familySegment(
  context: KernelContext,
  kernel: Kernel,
  stage: Stage,
  scratch: StageScratch,
): Segment {
  const { bindings } = context;
  const reads = stage.reads.map((read): TensorView => {
    if (read.source === "scratch") return bindings.reader(scratch.read!, 0, read.width);
    const { base, offset } = context.work.group.operands[read.source]!;
    const view = context.viewOf(base);
    return bindings.reader(view.storage, view.offset + offset, read.width);
  });
  const finishName = `finish${bindings.counter.next++}`;
  const ending =
    scratch.write === undefined
      ? resultEnding(context, kernel, finishName)
      : scratchEnding(context, stage, scratch.write, finishName);
  const io: StageIo = {
    reads,
    name: (base) => `${base}_${bindings.counter.next++}`,
    finish: (coordinates, value) => `${finishName}(${[...coordinates, value].join(", ")});`,
  };
  const { declarations, body } = stage.emit(io);
  return {
    label: stage.label,
    declarations: `${ending.source}\n${declarations}`,
    body,
    functions: [...ending.functions, ...(stage.functions ?? [])],
    extensions: stage.extensions ?? [],
    workgroupSize: stage.workgroupSize,
    workgroups: stage.workgroups,
  };
}

interface Ending {
  readonly source: Wgsl;
  readonly functions: Iterable<FunctionName>;
}

function resultEnding(context: KernelContext, { output }: Kernel, name: Wgsl): Ending {
  const { work, program } = context;
  const [heavy] = work.group.heavy;
  if (heavy === undefined) throw new TypeError("a kernel family must have its node");
  const space: Space = { kind: "result", sizes: output };
  const type = valueTypeOf(heavy.type.dtype);
  let own: Wgsl = "value";
  const emitter = emitterOf(context, (node) => (node === heavy ? own : undefined));
  const exact = narrowed("value", heavy.type.dtype, emitter.use);
  if (exact !== "value") own = emitter.let(exact);
  const statements = work.stores.map((id) => {
    const { shape } = program.nodes[id]!.type;
    const position = canonicalPosition(space, shape, "element");
    const value = emitter.value(id, position);
    return storeOf(context, id, emitter.index(position.flat()), [value]);
  });
  const parameters = [...output.map((_, axis) => `c${axis}: u32`), `value: ${type}`];
  return {
    source: `fn ${name}(${parameters.join(", ")}) {\n${emitter.text}\n${statements.join("\n")}\n}`,
    functions: emitter.uses,
  };
}

function scratchEnding(
  { bindings }: KernelContext,
  stage: Stage,
  storage: Storage,
  name: Wgsl,
): Ending {
  const sizes = stage.scratch ?? [];
  const space: Space = { kind: "result", sizes };
  const { name: target, form } = bindings.writer(storage);
  const index = sizes.reduce<Wgsl>(
    (text, size, axis) => (axis === 0 ? "c0" : `(${text} * ${size}u + c${axis})`),
    "0u",
  );
  const parameters = [...sizes.map((_, axis) => `c${axis}: u32`), `value: ${storage.dtype}`];
  const statement = storeStatement(target, storage.dtype, form, index, ["value"]);
  if (sizeOf(space.sizes) !== storage.elements) throw new TypeError("scratch must have its size");
  return { source: `fn ${name}(${parameters.join(", ")}) { ${statement} }`, functions: [] };
}
