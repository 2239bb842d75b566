// Gradient of a convolution with respect to its filter, one invocation per element of the filter.
import { planes, type ConvProblem } from "./conv-problem.ts";
import { conditionInside, splitPlane } from "./conv-taps.ts";
import type { Kernel, KernelFamily } from "./kernel.ts";

/** x, dy -> dw. Coordinates of the result: [filter, channel within the group, tap]. */
export const convFilterGrad: KernelFamily<ConvProblem> = {
  name: "convFilterGrad",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem): Kernel => {
    const { batch, channels, filters, groups, axes } = problem;
    const { input, output, taps } = planes(problem);
    const perGroup = channels / groups;
    const elements = filters * perGroup * taps;
    const at = axes.map(
      ({ stride, dilation, low }, i) => `i32(o${i} * ${stride}u + k${i} * ${dilation}u) - ${low}i`,
    );
    return {
      output: [filters, perGroup, taps],
      stages: [
        {
          label: "plain",
          reads: [
            { source: 0, width: 1 },
            { source: 1, width: 1 },
          ],
          workgroupSize: 64,
          workgroups: Math.ceil(elements / 64),
          emit: ({ reads: [x, dy], finish }) => ({
            declarations: "",
            body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let tap = element % ${taps}u;
    let channel = (element / ${taps}u) % ${perGroup}u;
    let filter_index = element / ${taps * perGroup}u;
    ${splitPlane(
      "tap",
      axes.map((axis) => axis.window),
      "k",
    )}
    let from_channel = filter_index / ${filters / groups}u * ${perGroup}u + channel;
    var sum = 0f;
    for (var o0 = 0u; o0 < ${axes[0].output}u; o0++) { for (var o1 = 0u; o1 < ${axes[1].output}u; o1++) { for (var o2 = 0u; o2 < ${axes[2].output}u; o2++) {
      let p0 = ${at[0]!};
      let p1 = ${at[1]!};
      let p2 = ${at[2]!};
      if (${conditionInside(axes.map((axis) => axis.input))}) {
        let place = (u32(p0) * ${axes[1].input}u + u32(p1)) * ${axes[2].input}u + u32(p2);
        let position = (o0 * ${axes[1].output}u + o1) * ${axes[2].output}u + o2;
        for (var sample = 0u; sample < ${batch}u; sample++) {
          sum += ${x!.load(`(sample * ${channels}u + from_channel) * ${input}u + place`)} *
            ${dy!.load(`(sample * ${filters}u + filter_index) * ${output}u + position`)};
        }
      }
    } } }
    ${finish(["filter_index", "channel", "tap"], "sum")}
  }`,
          }),
        },
      ],
    };
  },
};
