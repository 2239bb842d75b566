// Gradient of a convolution with respect to its input, one invocation per element of the input.
import { planes, type ConvProblem } from "./conv-problem.ts";
import { loopTaps, splitPlane } from "./conv-taps.ts";
import type { Kernel, KernelFamily } from "./kernel.ts";

/** dy, w -> dx. Coordinates of the result: [sample, channel, position]. */
export const convInputGrad: KernelFamily<ConvProblem> = {
  name: "convInputGrad",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem): Kernel => {
    const { batch, channels, filters, groups, axes } = problem;
    const { input, output, taps } = planes(problem);
    const elements = batch * channels * input;
    const perGroup = channels / groups;
    const filtersPerGroup = filters / groups;
    // The window position k reads input p from output o where o stride = p + low - k dilation.
    const reach = axes
      .map(
        ({ dilation, low }, i) => `let r${i} = i32(p${i} + ${low}u) - i32(k${i} * ${dilation}u);`,
      )
      .join("\n      ");
    const hits = axes
      .map(
        ({ stride, output: size }, i) =>
          `r${i} >= 0i && r${i} % ${stride}i == 0i && r${i} / ${stride}i < ${size}i`,
      )
      .join(" && ");
    const source = axes.map(({ stride }, i) => `u32(r${i} / ${stride}i)`);
    return {
      output: [batch, channels, input],
      stages: [
        {
          label: "plain",
          reads: [
            { source: 0, width: 1 },
            { source: 1, width: 1 },
          ],
          workgroupSize: 64,
          workgroups: Math.ceil(elements / 64),
          emit: ({ reads: [dy, w], finish }) => ({
            declarations: "",
            body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let position = element % ${input}u;
    let channel = (element / ${input}u) % ${channels}u;
    let sample = element / ${input * channels}u;
    ${splitPlane(
      "position",
      axes.map((axis) => axis.input),
      "p",
    )}
    let first = channel / ${perGroup}u * ${filtersPerGroup}u;
    var sum = 0f;
    ${loopTaps(
      axes,
      `
      ${reach}
      if (${hits}) {
        let place = (${source[0]!} * ${axes[1].output}u + ${source[1]!}) * ${axes[2].output}u + ${source[2]!};
        for (var f = 0u; f < ${filtersPerGroup}u; f++) {
          sum += ${dy!.load(`(sample * ${filters}u + first + f) * ${output}u + place`)} *
            ${w!.load(`((first + f) * ${perGroup}u + channel % ${perGroup}u) * ${taps}u + tap`)};
        }
      }`,
    )}
    ${finish(["sample", "channel", "position"], "sum")}
  }`,
          }),
        },
      ],
    };
  },
};
