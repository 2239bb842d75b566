// Convolution and its gradients against explicit im2col and against their adjoint identities.
import { describe, expect, test } from "vitest";
import { convAttrs, type ConvOptions } from "../functional.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { evaluateOp, parseType, refTensor } from "../reference/program.ts";
import { sampleTensor } from "../reference/sample.ts";
import type { RefTensor } from "./op.ts";

const cases: { name: string; x: string; w: string; options: ConvOptions }[] = [
  { name: "1d", x: "f32[2,3,7]", w: "f32[4,3,3]", options: {} },
  {
    name: "2d, same padding",
    x: "f32[2,2,5,6]",
    w: "f32[3,2,3,3]",
    options: {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
  {
    name: "2d, strided, uneven padding",
    x: "f32[1,2,7,6]",
    w: "f32[2,2,3,2]",
    options: {
      strides: [2, 3],
      padding: [
        [2, 0],
        [0, 1],
      ],
    },
  },
  { name: "2d, dilated", x: "f32[1,1,9,8]", w: "f32[2,1,3,2]", options: { dilations: [3, 2] } },
  { name: "2d, grouped", x: "f32[2,4,4,4]", w: "f32[6,2,2,2]", options: { groups: 2 } },
  {
    name: "2d, depthwise",
    x: "f32[1,3,4,5]",
    w: "f32[3,1,3,3]",
    options: {
      groups: 3,
      padding: [
        [1, 1],
        [0, 2],
      ],
    },
  },
  {
    name: "3d",
    x: "f32[1,2,4,5,3]",
    w: "f32[2,2,2,3,2]",
    options: {
      strides: [1, 2, 1],
      padding: [
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      dilations: [2, 1, 1],
    },
  },
  { name: "1x1", x: "f32[1,3,2,2]", w: "f32[2,3,1,1]", options: {} },
  {
    name: "padding wider than the input",
    x: "f32[1,1,1,2]",
    w: "f32[1,1,3,3]",
    options: {
      padding: [
        [4, 4],
        [4, 4],
      ],
      strides: [3, 2],
    },
  },
  { name: "no samples", x: "f32[0,2,4]", w: "f32[3,2,2]", options: {} },
];

/** Row-major coordinates of a flat index. */
function position(shape: Shape, flat: number): number[] {
  const at: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}

/** Patches as rows [n * outputs, ci/groups * taps] of one group, then a matrix product with its filters. */
function convByPatches(x: RefTensor, w: RefTensor, options: ConvOptions, spatial: Shape): number[] {
  const { strides, padding, dilations, groups } = convAttrs(x.shape.length - 2, options);
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  const [filters, perGroup, ...window] = w.shape as [number, number, ...number[]];
  const columns = perGroup * sizeOf(window);
  const result = new Array<number>(batch * filters * sizeOf(spatial));
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < sizeOf(spatial); o++) {
      for (let group = 0; group < groups; group++) {
        const patch = Array.from({ length: columns }, (_, column) => {
          const [channel, ...tap] = position([perGroup, ...window], column);
          const at = position(spatial, o).map(
            (out, axis) => out * strides[axis]! - padding[axis]![0] + tap[axis]! * dilations[axis]!,
          );
          if (at.some((value, axis) => value < 0 || value >= size[axis]!)) return 0;
          const plane = n * channels + group * perGroup + channel!;
          return x.data[at.reduce((flat, value, axis) => flat * size[axis]! + value, plane)]!;
        });
        for (let f = 0; f < filters / groups; f++) {
          const filter = group * (filters / groups) + f;
          const row = w.data.subarray(filter * columns, (filter + 1) * columns);
          result[(n * filters + filter) * sizeOf(spatial) + o] = patch.reduce(
            (sum, value, i) => sum + value * row[i]!,
            0,
          );
        }
      }
    }
  }
  return result;
}

const dot = (a: RefTensor, b: RefTensor): number =>
  a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);

describe.each(cases)("$name", ({ x: typeX, w: typeW, options }) => {
  const x = sampleTensor(parseType(typeX), 1);
  const w = sampleTensor(parseType(typeW), 2);
  const attrs = convAttrs(x.shape.length - 2, options);
  const y = evaluateOp("conv", [x, w], attrs);
  const dy = sampleTensor(y, 3);

  test("conv is a product of patches and filters", () => {
    const expected = convByPatches(x, w, options, y.shape.slice(2));
    expect(y.data).toHaveLength(expected.length);
    y.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 12);
    });
  });

  // <conv(x, w), dy> is linear in x and in w, so each gradient is the one tensor with the same dot product.
  test("convInputGrad is adjoint to conv in x", () => {
    const dx = evaluateOp("convInputGrad", [dy, w], { ...attrs, inputShape: x.shape });
    expect(dot(dx, x)).toBeCloseTo(dot(y, dy), 10);
    // Also against every unit vector: conv of the unit gives that element of dx.
    const picks = [0, Math.floor(x.data.length / 2), x.data.length - 1].filter((i) => i in x.data);
    for (const i of picks) {
      const unit = { ...x, data: new Float64Array(x.data.length).with(i, 1) };
      expect(dx.data[i]).toBeCloseTo(dot(evaluateOp("conv", [unit, w], attrs), dy), 12);
    }
  });

  test("convFilterGrad is adjoint to conv in w", () => {
    const dw = evaluateOp("convFilterGrad", [x, dy], { ...attrs, filterShape: w.shape });
    expect(dot(dw, w)).toBeCloseTo(dot(y, dy), 10);
    for (let i = 0; i < w.data.length; i++) {
      const unit = { ...w, data: new Float64Array(w.data.length).with(i, 1) };
      expect(dw.data[i]).toBeCloseTo(dot(evaluateOp("conv", [x, unit], attrs), dy), 12);
    }
  });
});

test("cross-correlation, not convolution: the filter is not flipped", () => {
  const x = refTensor("f32[1,1,4]", [1, 2, 3, 4]);
  const w = refTensor("f32[1,1,2]", [10, 1]);
  const result = evaluateOp("conv", [x, w], convAttrs(1));
  expect([...result.data]).toEqual([12, 23, 34]);
});

test("the transposed convolution spreads each element over a window", () => {
  const dy = refTensor("f32[1,1,2]", [1, 2]);
  const w = refTensor("f32[1,1,3]", [1, 10, 100]);
  const attrs = { ...convAttrs(1, { strides: [2] }), inputShape: [1, 1, 5] };
  const result = evaluateOp("convInputGrad", [dy, w], attrs);
  expect([...result.data]).toEqual([1, 10, 102, 20, 200]);
});
