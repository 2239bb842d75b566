// Counter-based random numbers with integer kernels only, so that the bits are those of every other backend.
import { sizeOf } from "@fastgpu/core";
import type { Edge } from "../model/model-writer.ts";
import { castTo, reshapeTo, sliceAxes, type Lowering } from "./lowering.ts";

// Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011,
// section 4.2 and table 2.
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const PARITY = 0x1bd11bda;

/** key i32[2] -> f32 in [0, 1): element i is word `i & 1` of the block with counter [i >> 1, 0], its upper 24 bits. */
export const randomUniform: Lowering<"randomUniform"> = ({ writer, inputs, output }) => {
  const total = sizeOf(output.shape);
  const blocks = Math.ceil(total / 2);
  const u32 = (value: number): Edge => writer.constant("u32", [1], [value]);
  const add = (a: Edge, b: Edge): Edge => writer.node("Add", [a, b]);
  const xor = (a: Edge, b: Edge): Edge => writer.node("BitwiseXor", [a, b]);
  const shift = (x: Edge, direction: "LEFT" | "RIGHT", distance: number): Edge =>
    writer.node("BitShift", [x, u32(distance)], { attributes: { direction } });
  const key = castTo(writer, inputs[0]!, "u32");
  const word = (i: number): Edge => sliceAxes(writer, key, [0], [i], [i + 1]);
  const [k0, k1] = [word(0), word(1)];
  const schedule = [k0, k1, xor(u32(PARITY), xor(k0, k1))];
  const counters = writer.constant(
    "u32",
    [blocks],
    Array.from({ length: blocks }, (_, i) => i),
  );
  let x0 = add(counters, k0);
  let x1 = writer.node("Expand", [k1, writer.ints([blocks])]);
  for (let round = 0; round < 20; round++) {
    const distance = ROTATIONS[round % 8]!;
    x0 = add(x0, x1);
    const rotated = writer.node("BitwiseOr", [
      shift(x1, "LEFT", distance),
      shift(x1, "RIGHT", 32 - distance),
    ]);
    x1 = xor(rotated, x0);
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = add(x0, schedule[injection % 3]!);
      x1 = add(x1, add(schedule[(injection + 1) % 3]!, u32(injection)));
    }
  }
  const columns = [x0, x1].map((x) => reshapeTo(writer, x, [blocks, 1]));
  const pairs = writer.node("Concat", columns, { attributes: { axis: 1 } });
  const flat = reshapeTo(writer, pairs, [2 * blocks]);
  const words = total === 2 * blocks ? flat : sliceAxes(writer, flat, [0], [0], [total]);
  const upper = castTo(writer, shift(words, "RIGHT", 8), "f32");
  return reshapeTo(
    writer,
    writer.node("Mul", [upper, writer.scalar("f32", 2 ** -24)]),
    output.shape,
  );
};
