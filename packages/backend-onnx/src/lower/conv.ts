// Convolution and its two gradients, in terms of Conv and ConvTranspose.
import type { AttrsOf } from "@fastgpu/core";
import type { OnnxAttribute } from "../model/model-writer.ts";
import { filterGradByProducts, isByProducts } from "./filter-grad.ts";
import { reshapeTo, sliceAxes, transposed, type Lowering, type LoweringOf } from "./lowering.ts";

type ConvAttrs = AttrsOf<"conv">;

/** Attributes of Conv for a window. */
export function convAttributes(
  attrs: ConvAttrs,
  window: readonly number[],
): Record<string, OnnxAttribute> {
  return {
    kernel_shape: window,
    strides: attrs.strides,
    dilations: attrs.dilations,
    group: attrs.groups,
    pads: padsOf(attrs.padding),
  };
}

/** ONNX lists all paddings before the axes, then all after. */
export function padsOf(padding: readonly (readonly [number, number])[]): number[] {
  return [...padding.map(([low]) => low), ...padding.map(([, high]) => high)];
}

/** Cross-correlation; a bias [co] may come third. */
export const conv: LoweringOf<ConvAttrs> = ({ writer, inputs, types, attrs }) =>
  writer.node("Conv", inputs, { attributes: convAttributes(attrs, types[1]!.shape.slice(2)) });

/**
 * dx = ConvTranspose(dy, w), whose filter layout [co, ci/groups, ...k] is that of the convolution. output_padding is
 * the part of the input that the strides skipped at its end.
 */
export const convInputGrad: Lowering<"convInputGrad"> = (context) => {
  const { writer, inputs, types, attrs } = context;
  const window = types[1]!.shape.slice(2);
  const outputs = types[0]!.shape.slice(2);
  const rest = attrs.inputShape.slice(2).map((size, axis) => {
    const [low, high] = attrs.padding[axis]!;
    const reach = attrs.dilations[axis]! * (window[axis]! - 1) + 1;
    return size - (attrs.strides[axis]! * (outputs[axis]! - 1) + reach - low - high);
  });
  return writer.node("ConvTranspose", inputs, {
    attributes: { ...convAttributes(attrs, window), output_padding: rest },
  });
};

/**
 * dw[co, ci, k] = sum over n, o of x[n, ci, o stride + k dilation - low] dy[n, co, o]: a convolution of x with dy that
 * sums over the batch instead of the channels, with stride and dilation exchanged. Groups are runs of its channels:
 * x becomes [ci/groups, groups n, ...s], dy the filter [co, n, ...o], and the result [ci/groups, co, ...k].
 */
export const convFilterGrad: Lowering<"convFilterGrad"> = ({ writer, inputs, types, attrs }) => {
  const [given, upstream] = inputs;
  if (given !== undefined && upstream !== undefined && isByProducts(types, attrs)) {
    return filterGradByProducts(writer, [given, upstream], types, attrs);
  }
  const { groups, strides, dilations, filterShape } = attrs;
  const [batch, channels, ...spatial] = types[0]!.shape as [number, number, ...number[]];
  const rank = spatial.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const perGroup = channels / groups;
  const swap = [1, 0, ...axes.map((axis) => axis + 2)];
  let x = inputs[0]!;
  if (groups === 1) {
    x = transposed(writer, x, swap);
  } else {
    x = reshapeTo(writer, x, [batch, groups, perGroup, ...spatial]);
    x = transposed(writer, x, [2, 1, 0, ...axes.map((axis) => axis + 3)]);
    x = reshapeTo(writer, x, [perGroup, groups * batch, ...spatial]);
  }
  const filter = transposed(writer, inputs[1]!, swap);
  const swapped = { ...attrs, strides: dilations, dilations: strides };
  const wide = writer.node("Conv", [x, filter], {
    attributes: convAttributes(swapped, types[1]!.shape.slice(2)),
  });
  // Where the strides skipped the end of x, the result reaches past the filter.
  const window = filterShape.slice(2);
  const isWider = axes.some((axis) => {
    const [low, high] = attrs.padding[axis]!;
    const reach = (types[1]!.shape[axis + 2]! - 1) * strides[axis]! + 1;
    const size = Math.floor((spatial[axis]! + low + high - reach) / dilations[axis]!) + 1;
    return size !== window[axis];
  });
  const spatialAxes = axes.map((axis) => axis + 2);
  const exact = isWider
    ? sliceAxes(
        writer,
        wide,
        spatialAxes,
        axes.map(() => 0),
        window,
      )
    : wide;
  return transposed(writer, exact, swap);
};
