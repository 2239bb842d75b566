// A call on the host: operands come down from the device, the core's definition of the op computes, the result goes up.
import { definitionOf, type RefTensor } from "@fastgpu/core";
import { makeTensor, type EngineTensor } from "../engines/tfjs.ts";
import type { HostAttrs } from "../lower/host.ts";
import { arrayOf } from "../lower/kernels.ts";
import { kernelDType } from "./kernel-type.ts";

/** Computes an op of the core on tensors of the engine. */
export async function callOnHost(
  tensors: readonly EngineTensor[],
  given: Readonly<Record<string, unknown>>,
): Promise<EngineTensor> {
  const { op, types, output, attrs } = given as unknown as HostAttrs;
  const definition = definitionOf(op);
  if (definition.kind !== "primitive") throw new TypeError(`${op}: must be a primitive`);
  const operands: RefTensor[] = [];
  for (const [i, tensor] of tensors.entries()) {
    const type = types[i];
    if (type === undefined) throw new RangeError(`${op}: operand ${i} must have a type, got none`);
    operands.push({ ...type, data: Float64Array.from((await tensor.data()) as ArrayLike<number>) });
  }
  const values = definition.evaluate(operands, attrs, output);
  const dtype = kernelDType(output.dtype);
  return makeTensor(arrayOf(dtype, values), output.shape, dtype);
}
