// Pieces of WGSL that the plain convolution and pooling kernels share: loops over a window of three axes.
import type { Wgsl } from "./kernel.ts";

/** `let <prefix>0, 1, 2` from a flat index over sizes of three axes. */
export function splitPlane(flat: Wgsl, sizes: readonly number[], prefix: string): Wgsl {
  const [, height, width] = [sizes[0]!, sizes[1]!, sizes[2]!];
  return `
    let ${prefix}0 = ${flat} / ${height * width}u;
    let ${prefix}1 = ${flat} / ${width}u % ${height}u;
    let ${prefix}2 = ${flat} % ${width}u;`;
}

/** Loops over the window with `k0, k1, k2` and the flat `tap` around a body. */
export function loopTaps(axes: readonly { readonly window: number }[], body: Wgsl): Wgsl {
  const [depth, height, width] = [axes[0]!.window, axes[1]!.window, axes[2]!.window];
  return `
    for (var k0 = 0u; k0 < ${depth}u; k0++) { for (var k1 = 0u; k1 < ${height}u; k1++) { for (var k2 = 0u; k2 < ${width}u; k2++) {
      let tap = (k0 * ${height}u + k1) * ${width}u + k2;
      ${body}
    } } }`;
}

/** Whether the i32 positions `p0, p1, p2` lie inside of axes of these sizes. */
export function conditionInside(sizes: readonly number[]): Wgsl {
  return sizes.map((size, i) => `p${i} >= 0i && p${i} < ${size}i`).join(" && ");
}
