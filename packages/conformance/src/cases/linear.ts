// Matrix products, random numbers, and collectives on one device.
import { eachDType, everyDType, numbers, type OpCase } from "./op-case.ts";

const products: OpCase[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) => {
    const a = (m: number, k: number): string => (transposeA ? `${k},${m}` : `${m},${k}`);
    const b = (k: number, n: number): string => (transposeB ? `${n},${k}` : `${k},${n}`);
    const shapes = [
      `[${a(3, 4)}] [${b(4, 5)}]`,
      `[2,${a(3, 4)}] [${b(4, 5)}]`,
      `[2,1,${a(3, 4)}] [3,${b(4, 5)}]`,
      `[${a(3, 0)}] [${b(0, 5)}]`,
      `[${a(0, 4)}] [${b(4, 5)}]`,
      `[0,${a(2, 3)}] [0,${b(3, 2)}]`,
      `[${a(1, 1)}] [${b(1, 1)}]`,
      `[${a(1, 7)}] [${b(7, 1)}]`,
      `[${a(5, 1)}] [${b(1, 3)}]`,
      `[${a(2, 3)}] [4,${b(3, 2)}]`,
    ];
    const large = [`[${a(67, 129)}] [${b(129, 33)}]`, `[3,${a(17, 31)}] [3,${b(31, 19)}]`];
    return [
      ...eachDType("matmul", numbers, shapes, { transposeA, transposeB }),
      ...eachDType("matmul", ["f32", "i32"], large, { transposeA, transposeB }),
    ];
  }),
);

const keys: readonly (readonly [number, number])[] = [
  [0, 0],
  [-1, -1],
  [-7, 123456789],
  [0x13198a2e, 0x03707344],
  [2 ** 31 - 1, -(2 ** 31)],
];

const randoms: OpCase[] = keys.flatMap((key) =>
  [[1], [7], [4, 6], [0], [], [3, 333]].map((shape): OpCase => ({
    op: "randomUniform",
    operands: ["i32[2]"],
    attrs: { shape },
    values: { 0: key },
    note: `key ${key.join()}`,
  })),
);

const collectives: OpCase[] = [
  ...(["sum", "mean"] as const).flatMap((reduction) =>
    eachDType("allReduce", numbers, ["[2,3]", "[]", "[0]"], { group: "g", reduction }),
  ),
  ...eachDType("send", everyDType, ["[2,3]", "[0]"], { to: 1, tag: "t" }),
  ...eachDType("recv", everyDType, ["[2,3]", "[0]"], { from: 1, tag: "t" }),
];

/** Op cases of products, random numbers and collectives. */
export const linearCases: readonly OpCase[] = [...products, ...randoms, ...collectives];
