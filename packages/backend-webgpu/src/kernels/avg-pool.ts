// Mean of each window, and its gradient.
import { splitPlane } from "./conv-taps.ts";
import type { KernelFamily, Wgsl } from "./kernel.ts";
import { poolPlanes, type PoolProblem } from "./pool-problem.ts";
import { eachTap, eachWindow, perElement, windowIndex } from "./pool-taps.ts";

/** x -> y. Coordinates of the result: [plane, position]. */
export const avgPool: KernelFamily<PoolProblem> = {
  name: "avgPool",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem) => {
    const { input, output } = poolPlanes(problem);
    const sizes = problem.axes.map((axis) => axis.output);
    return perElement(
      problem.planes,
      output,
      [{ source: 0, width: 1 }],
      (io) => `
    ${splitPlane("position", sizes, "o")}
    var sum = 0f;
    ${eachTap(problem, `sum += ${io.reads[0]!.load(`plane * ${input}u + place`)};`)}
    ${io.finish(["plane", "position"], `sum / ${divisor(problem)}`)}`,
    );
  },
};

/** dy -> dx. Coordinates of the result: [plane, position]. */
export const avgPoolGrad: KernelFamily<PoolProblem> = {
  name: "avgPoolGrad",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem) => {
    const { input, output } = poolPlanes(problem);
    return perElement(
      problem.planes,
      input,
      [{ source: 0, width: 1 }],
      (io) => `
    var sum = 0f;
    ${eachWindow(
      problem,
      `sum += ${io.reads[0]!.load(`plane * ${output}u + ${windowIndex(problem)}`)} / ${divisor(problem)};`,
    )}
    ${io.finish(["plane", "position"], "sum")}`,
    );
  },
};

/** Elements that the mean of the window at `o0, o1, o2` divides by, as f32. */
function divisor(problem: PoolProblem): Wgsl {
  if (problem.countIncludePad) return `${poolPlanes(problem).taps}f`;
  const counts = problem.axes.map(({ stride, low, window, input }, i) => {
    const start = `(i32(o${i} * ${stride}u) - ${low}i)`;
    return `f32(min(${start} + ${window}i, ${input}i) - max(${start}, 0i))`;
  });
  return `(${counts.join(" * ")})`;
}
