// What conv and its two gradients share: the type rule, the operation count and the reference's loops.
import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import { tapWalk, windowAxes, type ConvAttrs, type WindowAxis } from "./window.ts";

/** Shapes of the three tensors of a convolution and its windows. */
export interface ConvGeometry {
  readonly input: Shape;
  readonly filter: Shape;
  /** [n, co, ...o]. */
  readonly output: Shape;
  readonly axes: readonly WindowAxis[];
  readonly groups: number;
}

/**
 * Geometry of conv(x [n, ci, ...s], w [co, ci/groups, ...k]) -> [n, co, ...o].
 *
 * @throws {ShapeError} if shapes or attributes do not fit; the message starts with `op`
 */
export function convGeometry(
  op: string,
  input: Shape,
  filter: Shape,
  attrs: ConvAttrs,
): ConvGeometry {
  const { groups } = attrs;
  const shapes = `x=${formatShape(input)}, w=${formatShape(filter)}`;
  if (input.length !== filter.length || input.length < 3 || input.length > 5) {
    throw new ShapeError(
      `${op}: operands must be [n, ci, ...s] and [co, ci/groups, ...k] with 1 to 3 spatial axes, got ${shapes}`,
    );
  }
  const [batch, channels] = [input[0]!, input[1]!];
  const [outputs, perGroup] = [filter[0]!, filter[1]!];
  const fits = Number.isInteger(groups) && groups >= 1 && outputs % groups === 0;
  if (!fits || perGroup * groups !== channels) {
    throw new ShapeError(
      `${op}: channels must be groups times those of the filter and filters a multiple of groups, got ${shapes}, groups=${groups}`,
    );
  }
  const axes = windowAxes(op, input.slice(2), filter.slice(2), attrs);
  const output = [batch, outputs, ...axes.map((axis) => axis.output)];
  return { input, filter, output, axes, groups };
}

/** Multiply-adds times 2 by the usual count: taps in the padding count, too. */
export function convFlops({ output, filter }: ConvGeometry): number {
  return 2 * sizeOf(output) * sizeOf(filter.slice(1));
}

/**
 * Loops over every run of multiply-adds: `visit` gets flat indices into input, filter and output and the length of the
 * run, in which the input advances by `step` and the output by 1 while the filter's element stays.
 */
export function walkConv(
  { input, filter, output, axes, groups }: ConvGeometry,
  visit: (input: number, filter: number, output: number, count: number, step: number) => void,
): void {
  const { rows, step } = tapWalk(axes);
  const [batch, channels] = [input[0]!, input[1]!];
  const [outputs, perGroup] = [filter[0]!, filter[1]!];
  const inputPlane = sizeOf(input.slice(2));
  const outputPlane = sizeOf(output.slice(2));
  const taps = sizeOf(filter.slice(2));
  for (let sample = 0; sample < batch; sample++) {
    for (let to = 0; to < outputs; to++) {
      const group = Math.floor((to * groups) / outputs);
      const outputBase = (sample * outputs + to) * outputPlane;
      for (let from = 0; from < perGroup; from++) {
        const inputBase = (sample * channels + group * perGroup + from) * inputPlane;
        const filterBase = (to * perGroup + from) * taps;
        for (const row of rows) {
          visit(
            inputBase + row.input,
            filterBase + row.tap,
            outputBase + row.output,
            row.count,
            step,
          );
        }
      }
    }
  }
}
