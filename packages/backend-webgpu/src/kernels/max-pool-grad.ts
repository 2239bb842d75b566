// Gradient of the largest element: every element of the input asks the windows that see it whether it is their first
// maximum. Nothing is added across invocations, so the result is the same in every run.
import { splitPlane } from "./conv-taps.ts";
import type { Kernel, KernelFamily } from "./kernel.ts";
import { poolPlanes, type PoolProblem } from "./pool-problem.ts";
import { eachTap, eachWindow, isTiling, perElement, windowIndex } from "./pool-taps.ts";

/** x, y, dy -> dx. Coordinates of the result: [plane, position]. */
export const maxPoolGrad: KernelFamily<PoolProblem> = {
  name: "maxPoolGrad",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem) => {
    if (isTiling(problem)) return tilingGrad(problem);
    const { input, output } = poolPlanes(problem);
    const reads = [
      { source: 0, width: 1 },
      { source: 2, width: 1 },
    ] as const;
    return perElement(problem.planes, input, reads, (io) => {
      const [x, dy] = io.reads;
      return `
    var sum = 0f;
    ${eachWindow(
      problem,
      `var best = 0f;
      var winner = 4294967295u;
      ${eachTap(
        problem,
        `let value = ${x!.load(`plane * ${input}u + place`)};
        if (winner == 4294967295u || value > best) { best = value; winner = place; }`,
      )}
      if (winner == position) { sum += ${dy!.load(`plane * ${output}u + ${windowIndex(problem)}`)}; }`,
    )}
    ${io.finish(["plane", "position"], "sum")}`;
    });
  },
};

/** Where windows tile the input, one invocation finds the winner of a window and writes all of its elements. */
function tilingGrad(problem: PoolProblem): Kernel {
  const { input, output } = poolPlanes(problem);
  const sizes = problem.axes.map((axis) => axis.output);
  const reads = [
    { source: 0, width: 1 },
    { source: 2, width: 1 },
  ] as const;
  const perWindow = perElement(problem.planes, output, reads, (io) => {
    const [x, dy] = io.reads;
    return `
    ${splitPlane("position", sizes, "o")}
    var best = 0f;
    var winner = 4294967295u;
    ${eachTap(
      problem,
      `let value = ${x!.load(`plane * ${input}u + place`)};
          if (winner == 4294967295u || value > best) { best = value; winner = place; }`,
    )}
    let gradient = ${dy!.load("element")};
    ${eachTap(problem, io.finish(["plane", "place"], "select(0f, gradient, place == winner)"))}`;
  });
  return { ...perWindow, output: [problem.planes, input] };
}
