// Pieces of WGSL that the pooling kernels share: the taps of a window, and the windows that see an element.
import type { ConvAxis } from "./conv-problem.ts";
import { loopTaps, splitPlane } from "./conv-taps.ts";
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

/** Windows of at most this many taps are written out. */
const unrollLimit = 16;

/** True if no window at this axis reaches into padding. */
function isInside({ low, output, stride, window, input }: ConvAxis): boolean {
  return low === 0 && (output - 1) * stride + window <= input;
}

/** True if every element of the input lies in exactly one window. */
export function isTiling({ axes }: PoolProblem): boolean {
  return axes.every(
    ({ low, stride, window, output, input }) =>
      low === 0 && stride === window && output * stride === input,
  );
}

/** Statements for every tap of the window at `o0, o1, o2` that lies inside: `place` is its index in the plane. */
export function eachTap({ axes }: PoolProblem, body: Wgsl): Wgsl {
  const positions = axes.map(({ stride, low }, i) => `i32(o${i} * ${stride}u + k${i}) - ${low}i`);
  const place = `(u32(p0) * ${axes[1].input}u + u32(p1)) * ${axes[2].input}u + u32(p2)`;
  const conditions = axes
    .map(({ input }, i) => `p${i} >= 0i && p${i} < ${input}i`)
    .filter((_, i) => !isInside(axes[i]!));
  const inner = `
        let p0 = ${positions[0]!};
        let p1 = ${positions[1]!};
        let p2 = ${positions[2]!};
        ${conditions.length === 0 ? "{" : `if (${conditions.join(" && ")}) {`}
          let place = ${place};
          ${body}
        }`;
  const [depth, height, width] = [axes[0].window, axes[1].window, axes[2].window];
  if (depth * height * width > unrollLimit) return loopTaps(axes, inner);
  return Array.from({ length: depth * height * width }, (_, tap) => {
    const k0 = Math.floor(tap / (height * width));
    const k1 = Math.floor(tap / width) % height;
    return `{ const k0 = ${k0}u; const k1 = ${k1}u; const k2 = ${tap % width}u; ${inner} }`;
  }).join("\n");
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
