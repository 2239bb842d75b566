// Adds rows by index: every element of the result walks over the indices and adds those updates that are its own, in
// their order, so the result is the same in every run.
import type { KernelFamily } from "./kernel.ts";

/** indices [count], updates [outer, count, inner] -> [outer, size, inner]. */
export interface ScatterProblem {
  readonly outer: number;
  readonly count: number;
  readonly size: number;
  readonly inner: number;
  readonly accumulator: "f32" | "i32";
}

/** indices, updates -> result. Coordinates of the result: [outer, row, column]. */
export const scatterAdd: KernelFamily<ScatterProblem> = {
  name: "scatterAdd",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: ({ outer, count, size, inner, accumulator }) => {
    const elements = outer * size * inner;
    return {
      output: [outer, size, inner],
      stages: [
        {
          label: "walk",
          reads: [
            { source: 0, width: 1 },
            { source: 1, width: 1 },
          ],
          workgroupSize: 64,
          workgroups: Math.ceil(elements / 64),
          emit: ({ reads: [indices, updates], finish }) => ({
            declarations: "",
            body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let column = element % ${inner}u;
    let row = (element / ${inner}u) % ${size}u;
    let block = element / ${size * inner}u;
    var sum = ${accumulator}(0);
    for (var i = 0u; i < ${count}u; i++) {
      // Out of range is undefined but must not be lost in memory, so it is clamped.
      if (u32(clamp(${indices!.load("i")}, 0i, ${size - 1}i)) == row) {
        sum += ${updates!.load(`(block * ${count}u + i) * ${inner}u + column`)};
      }
    }
    ${finish(["block", "row", "column"], "sum")}
  }`,
          }),
        },
      ],
    };
  },
};
