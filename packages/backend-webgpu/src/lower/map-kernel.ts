// The kernel of maps: one invocation computes one element of every result, or as many as share a word.
import { Position } from "./position.ts";
import { variable } from "./affine.ts";
import { emitterOf, storeOf, type KernelContext } from "./kernel-context.ts";
import type { Segment } from "./module.ts";
import { valueTypeOf } from "./program.ts";
import { elementsPerWrite } from "./storage.ts";

/** Workgroup size of all kernels that the compiler writes by itself; equal sizes can share a dispatch. */
export const lightGroupSize = 64;

/** Writes the kernel of a group of maps. */
export function mapSegment(context: KernelContext): Segment {
  const { program, work, bindings } = context;
  const { space } = work.group;
  if (space.kind !== "flat") throw new TypeError("maps must have a flat space");
  const { elements } = space;
  const nodes = work.stores.map((id) => program.nodes[id]!);
  const lanes = Math.max(
    ...nodes.map(({ type }) => elementsPerWrite(type.dtype, bindings.isWords)),
  );
  const invocations = Math.ceil(elements / lanes);
  const emitter = emitterOf(context, () => undefined);
  // All values are computed before the first is stored, as a result may lie where an operand does.
  const stored: string[] = [];
  emitter.line(`let invocation = group * ${lightGroupSize}u + lane;`);
  emitter.block(`if (invocation < ${invocations}u)`, () => {
    const element = variable("element", elements);
    if (lanes === 1) {
      emitter.line("let element = invocation;");
      for (const { id, type } of nodes) {
        const value = emitter.value(id, Position.flat(type.shape, element));
        stored.push(storeOf(context, id, "element", [value]));
      }
    } else {
      const names = nodes.map(({ type }) => {
        const name = emitter.fresh("r");
        emitter.line(`var ${name}: array<${valueTypeOf(type.dtype)}, ${lanes}>;`);
        return name;
      });
      emitter.block(`for (var part = 0u; part < ${lanes}u; part++)`, () => {
        emitter.line(`let element = min(invocation * ${lanes}u + part, ${elements - 1}u);`);
        nodes.forEach(({ id, type }, i) => {
          const value = emitter.value(id, Position.flat(type.shape, element));
          emitter.line(`${names[i]!}[part] = ${value};`);
        });
      });
      nodes.forEach(({ id, type }, i) => {
        const width = elementsPerWrite(type.dtype, bindings.isWords);
        for (let part = 0; part < lanes; part += width) {
          const values = Array.from({ length: width }, (_, k) => `${names[i]!}[${part + k}]`);
          stored.push(storeOf(context, id, `(invocation * ${lanes}u + ${part}u)`, values));
        }
      });
    }
    for (const statement of stored) emitter.line(statement);
  });
  return {
    label: "map",
    declarations: "",
    body: emitter.text,
    functions: emitter.uses,
    extensions: [],
    workgroupSize: lightGroupSize,
    workgroups: Math.ceil(invocations / lightGroupSize),
  };
}
