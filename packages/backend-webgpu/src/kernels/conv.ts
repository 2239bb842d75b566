// Convolution, one invocation per element of the output. Right for every geometry; fast for none.
import { planes, type ConvProblem } from "./conv-problem.ts";
import { conditionInside, loopTaps, splitPlane } from "./conv-taps.ts";
import type { Kernel, KernelFamily } from "./kernel.ts";

/** x, w -> y. Coordinates of the result: [sample, filter, position]. */
export const conv: KernelFamily<ConvProblem> = {
  name: "conv",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem): Kernel => {
    const { batch, channels, filters, groups, axes } = problem;
    const { input, output, taps } = planes(problem);
    const elements = batch * filters * output;
    const perGroup = channels / groups;
    const at = axes.map(
      ({ stride, dilation, low }, i) => `i32(o${i} * ${stride}u + k${i} * ${dilation}u) - ${low}i`,
    );
    return {
      output: [batch, filters, output],
      stages: [
        {
          label: "plain",
          reads: [
            { source: 0, width: 1 },
            { source: 1, width: 1 },
          ],
          workgroupSize: 64,
          workgroups: Math.ceil(elements / 64),
          emit: ({ reads: [x, w], finish }) => ({
            declarations: "",
            body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let position = element % ${output}u;
    let filter_index = (element / ${output}u) % ${filters}u;
    let sample = element / ${output * filters}u;
    ${splitPlane(
      "position",
      axes.map((axis) => axis.output),
      "o",
    )}
    let first = filter_index / ${filters / groups}u * ${perGroup}u;
    var sum = 0f;
    ${loopTaps(
      axes,
      `
      let p0 = ${at[0]!};
      let p1 = ${at[1]!};
      let p2 = ${at[2]!};
      if (${conditionInside(axes.map((axis) => axis.input))}) {
        let place = (u32(p0) * ${axes[1].input}u + u32(p1)) * ${axes[2].input}u + u32(p2);
        for (var c = 0u; c < ${perGroup}u; c++) {
          sum += ${x!.load(`(sample * ${channels}u + first + c) * ${input}u + place`)} *
            ${w!.load(`(filter_index * ${perGroup}u + c) * ${taps}u + tap`)};
        }
      }`,
    )}
    ${finish(["sample", "filter_index", "position"], "sum")}
  }`,
          }),
        },
      ],
    };
  },
};
