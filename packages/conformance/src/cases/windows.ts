// Convolutions and pooling with their gradients: 1 to 3 axes, strides, one-sided padding, dilation, groups, ties.
import { eachDType, floats, type OpCase } from "./op-case.ts";

type Sides = readonly (readonly [number, number])[];

const taps = (
  strides: readonly number[],
  padding: Sides,
  dilations: readonly number[],
  groups: number,
): Readonly<Record<string, unknown>> => ({ strides, padding, dilations, groups });

/** Shapes of x, w and y, and attributes; the third has columns of x that no window reaches. */
const convolutions: readonly (readonly [
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  attrs: Readonly<Record<string, unknown>>,
])[] = [
  [
    [2, 3, 5, 6],
    [4, 3, 3, 3],
    [2, 4, 5, 6],
    taps(
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
      1,
    ),
  ],
  [
    [2, 4, 7, 7],
    [6, 2, 3, 2],
    [2, 6, 4, 3],
    taps(
      [2, 2],
      [
        [1, 1],
        [0, 0],
      ],
      [1, 1],
      2,
    ),
  ],
  [
    [1, 1, 1, 6],
    [1, 1, 1, 2],
    [1, 1, 1, 2],
    taps(
      [1, 3],
      [
        [0, 0],
        [0, 0],
      ],
      [1, 1],
      1,
    ),
  ],
  [[1, 2, 9], [2, 2, 3], [1, 2, 5], taps([1], [[0, 0]], [2], 1)],
  [[2, 3, 8], [3, 1, 2], [2, 3, 3], taps([3], [[0, 1]], [1], 3)],
  [
    [1, 2, 4, 4, 4],
    [3, 2, 2, 2, 2],
    [1, 3, 3, 3, 3],
    taps(
      [1, 1, 1],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [1, 1, 1],
      1,
    ),
  ],
  [
    [2, 2, 6, 6],
    [2, 2, 2, 2],
    [2, 2, 3, 3],
    taps(
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
      [2, 2],
      1,
    ),
  ],
  [
    [2, 4, 5, 5],
    [4, 1, 3, 3],
    [2, 4, 5, 5],
    taps(
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
      4,
    ),
  ],
  [
    [2, 3, 4, 4],
    [8, 3, 1, 1],
    [2, 8, 4, 4],
    taps(
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
      [1, 1],
      1,
    ),
  ],
  [
    [1, 1, 3, 3],
    [2, 1, 3, 3],
    [1, 2, 1, 1],
    taps(
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
      [1, 1],
      1,
    ),
  ],
  [
    [2, 4, 6, 5],
    [8, 2, 3, 3],
    [2, 8, 3, 5],
    taps(
      [2, 1],
      [
        [2, 0],
        [0, 2],
      ],
      [1, 1],
      2,
    ),
  ],
  [
    [2, 17, 9, 9],
    [5, 17, 3, 3],
    [2, 5, 9, 9],
    taps(
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
      1,
    ),
  ],
  // Enough channels for an engine to choose matrix products: padded and plain, strided and dilated, 1 to 3 axes.
  [[2, 9, 7], [3, 9, 3], [2, 3, 4], taps([2], [[1, 1]], [1], 1)],
  [
    [2, 8, 6, 5],
    [3, 8, 3, 2],
    [2, 3, 2, 4],
    taps(
      [2, 1],
      [
        [0, 0],
        [1, 0],
      ],
      [1, 2],
      1,
    ),
  ],
  [
    [2, 8, 4, 4],
    [5, 8, 1, 1],
    [2, 5, 4, 4],
    taps(
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
      [1, 1],
      1,
    ),
  ],
  [
    [1, 8, 3, 4, 3],
    [2, 8, 1, 3, 1],
    [1, 2, 3, 4, 3],
    taps(
      [1, 1, 1],
      [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      [1, 1, 1],
      1,
    ),
  ],
];

const convolutionCases: OpCase[] = convolutions.flatMap(([x, w, y, attrs]) => {
  const [xs, ws, ys] = [x, w, y].map((shape) => `[${shape.join()}]`);
  // Sums of many terms of both signs mean nothing in f16.
  const dtypes = x.reduce((size, n) => size * n, 1) > 1000 ? (["f32"] as const) : floats;
  return [
    ...eachDType("conv", dtypes, [`${xs} ${ws}`], attrs),
    ...eachDType("convInputGrad", dtypes, [`${ys} ${ws}`], { ...attrs, inputShape: x }),
    ...eachDType("convFilterGrad", dtypes, [`${xs} ${ys}`], { ...attrs, filterShape: w }),
  ];
});

const emptyConvolutions: OpCase[] = [
  ...eachDType("conv", floats, ["[0,2,4] [3,2,2]"], taps([1], [[0, 0]], [1], 1)),
  ...eachDType("convInputGrad", floats, ["[0,3,3] [3,2,2]"], {
    ...taps([1], [[0, 0]], [1], 1),
    inputShape: [0, 2, 4],
  }),
  ...eachDType("convFilterGrad", floats, ["[0,2,4] [0,3,3]"], {
    ...taps([1], [[0, 0]], [1], 1),
    filterShape: [3, 2, 2],
  }),
];

const pools: readonly (readonly [
  x: readonly number[],
  y: readonly number[],
  attrs: { window: readonly number[]; strides: readonly number[]; padding: Sides },
])[] = [
  [
    [2, 3, 4, 6],
    [2, 3, 2, 3],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [2, 3, 5, 7],
    [2, 3, 2, 3],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [1, 2, 6, 6],
    [1, 2, 3, 2],
    {
      window: [2, 3],
      strides: [2, 3],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [1, 2, 6, 6],
    [1, 2, 6, 3],
    {
      window: [3, 3],
      strides: [1, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [[2, 2, 9], [2, 2, 4], { window: [3], strides: [2], padding: [[0, 0]] }],
  [
    [1, 1, 4, 4, 4],
    [1, 1, 2, 2, 2],
    {
      window: [2, 2, 2],
      strides: [2, 2, 2],
      padding: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [2, 1, 7, 5],
    [2, 1, 1, 1],
    {
      window: [7, 5],
      strides: [7, 5],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [1, 3, 5, 5],
    [1, 3, 3, 3],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 1],
        [1, 0],
      ],
    },
  ],
  [[1, 2, 7], [1, 2, 2], { window: [2], strides: [4], padding: [[0, 0]] }],
  [
    [2, 3, 4, 4],
    [2, 3, 4, 4],
    {
      window: [1, 1],
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
];

const poolCases: OpCase[] = pools.flatMap(([x, y, attrs]) => {
  const [xs, ys] = [x, y].map((shape) => `[${shape.join()}]`);
  return [
    ...eachDType("maxPool", floats, [`${xs}`], { ...attrs }),
    ...eachDType("maxPoolGrad", floats, [`${xs} ${ys} ${ys}`], { ...attrs }),
    ...[true, false].flatMap((countIncludePad) => [
      ...eachDType("avgPool", floats, [`${xs}`], { ...attrs, countIncludePad }),
      ...eachDType("avgPoolGrad", floats, [`${ys}`], { ...attrs, countIncludePad, inputShape: x }),
    ]),
  ];
});

const tieWindow = {
  window: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
};
const overlapping = {
  window: [2, 2],
  strides: [1, 1],
  padding: [
    [1, 0],
    [0, 1],
  ],
};
const ties: OpCase[] = [tieWindow, overlapping].flatMap((attrs): OpCase[] => {
  const size = attrs === tieWindow ? 2 : 4;
  return [
    {
      op: "maxPoolGrad",
      operands: ["f32[1,1,4,4]", `f32[1,1,${size},${size}]`, `f32[1,1,${size},${size}]`],
      attrs,
      values: { 0: [1, 1, 2, 2, 1, 1, 2, 0, -3, -3, -3, -5, -3, -4, -5, -5] },
      note: "goes to the first of equals",
    },
    {
      op: "maxPool",
      operands: ["f32[1,1,4,4]"],
      attrs,
      values: { 0: Array.from({ length: 16 }, (_, i) => -i - 1) },
      note: "padding never wins",
    },
  ];
});

/** Op cases of convolutions and pooling. */
export const windowCases: readonly OpCase[] = [
  ...convolutionCases,
  ...emptyConvolutions,
  ...poolCases,
  ...ties,
];
