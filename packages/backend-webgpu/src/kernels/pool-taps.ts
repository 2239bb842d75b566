// Pieces of WGSL that the pooling kernels share: the taps of a window, and the windows that see an element.
import { conditionInside, loopTaps, splitPlane } from "./conv-taps.ts";
import type { Kernel, Read, Wgsl } from "./kernel.ts";
import type { PoolProblem } from "./pool-problem.ts";

/** One invocation per element of planes of `size` elements; `body` has `element`, `plane` and `position`. */
export function perElement(
  planes: number,
  size: number,
  reads: readonly Read[],
  emit: (io: Parameters<Kernel["stages"][0]["emit"]>[0]) => Wgsl,
): Kernel {
  const elements = planes * size;
  return {
    output: [planes, size],
    stages: [
      {
        label: "plain",
        reads,
        workgroupSize: 64,
        workgroups: Math.ceil(elements / 64),
        emit: (io) => ({
          declarations: "",
          body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let plane = element / ${size}u;
    let position = element % ${size}u;
    ${emit(io)}
  }`,
        }),
      },
    ],
  };
}

/** Statements for every tap of the window at `o0, o1, o2` that lies inside: `place` is its index in the plane. */
export function eachTap({ axes }: PoolProblem, body: Wgsl): Wgsl {
  const [p0, p1, p2] = axes.map(
    ({ stride, low }, i) => `i32(o${i} * ${stride}u + k${i}) - ${low}i`,
  );
  return loopTaps(
    axes,
    `
      let p0 = ${p0!};
      let p1 = ${p1!};
      let p2 = ${p2!};
      if (${conditionInside(axes.map((axis) => axis.input))}) {
        let place = (u32(p0) * ${axes[1].input}u + u32(p1)) * ${axes[2].input}u + u32(p2);
        ${body}
      }`,
  );
}

/** Statements for every window, at `o0, o1, o2`, that sees the element at `position` of the input's plane. */
export function eachWindow({ axes }: PoolProblem, body: Wgsl): Wgsl {
  const bounds = axes.map(({ stride, low, window, output }, i) => {
    const first = `u32(max(i32(q${i} + ${low}u) - ${window - 1}i + ${stride - 1}i, 0i)) / ${stride}u`;
    const last = `min((q${i} + ${low}u) / ${stride}u, ${output - 1}u)`;
    return `for (var o${i} = ${first}; o${i} <= ${last}; o${i}++) {`;
  });
  return `
    ${splitPlane(
      "position",
      axes.map((axis) => axis.input),
      "q",
    )}
    ${bounds.join("\n    ")}
      ${body}
    } } }`;
}

/** Index in the output's plane of the window at `o0, o1, o2`. */
export function windowIndex({ axes }: PoolProblem): Wgsl {
  return `((o0 * ${axes[1].output}u + o1) * ${axes[2].output}u + o2)`;
}
