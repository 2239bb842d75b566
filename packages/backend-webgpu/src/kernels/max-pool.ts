// Largest element of each window.
import { splitPlane } from "./conv-taps.ts";
import type { KernelFamily } from "./kernel.ts";
import { poolPlanes, type PoolProblem } from "./pool-problem.ts";
import { eachTap, perElement } from "./pool-taps.ts";

/** x -> y. Coordinates of the result: [plane, position]. */
export const maxPool: KernelFamily<PoolProblem> = {
  name: "maxPool",
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
    var best = 0f;
    var is_first = true;
    ${eachTap(
      problem,
      `let value = ${io.reads[0]!.load(`plane * ${input}u + place`)};
        if (is_first || value > best) { best = value; is_first = false; }`,
    )}
    ${io.finish(["plane", "position"], "best")}`,
    );
  },
};
