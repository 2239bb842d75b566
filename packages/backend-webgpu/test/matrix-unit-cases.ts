// What products on matrix units are tested on: matmul and convolutions with edges, batches, strides and groups.
import type { PrimitiveName } from "@fastgpu/core";

/** Of the operands. */
export type Shapes = readonly (readonly number[])[];
type Sides = readonly (readonly [number, number])[];

/** Attributes of a matmul. */
export const flags = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB });
const taps = (
  strides: readonly number[],
  padding: Sides,
  dilations = strides.map(() => 1),
  groups = 1,
) => ({ strides, padding, dilations, groups });
/** Of a convolution that keeps the sizes of two spatial axes under a window of 3. */
export const same2d = taps(
  [1, 1],
  [
    [1, 1],
    [1, 1],
  ],
);

/** Products and what each is about; sizes are none that a block divides unless the title says so. */
export const products: readonly [
  title: string,
  op: PrimitiveName,
  shapes: Shapes,
  attrs: object,
][] = [
  [
    "plain",
    "matmul",
    [
      [67, 45],
      [45, 91],
    ],
    flags(false, false),
  ],
  [
    "whole blocks",
    "matmul",
    [
      [64, 64],
      [64, 32],
    ],
    flags(false, false),
  ],
  [
    "left transposed",
    "matmul",
    [
      [44, 68],
      [44, 36],
    ],
    flags(true, false),
  ],
  [
    "right transposed",
    "matmul",
    [
      [35, 44],
      [52, 44],
    ],
    flags(false, true),
  ],
  [
    "both transposed",
    "matmul",
    [
      [2, 37, 19],
      [2, 21, 37],
    ],
    flags(true, true),
  ],
  [
    "broadcast right",
    "matmul",
    [
      [2, 3, 17, 20],
      [3, 20, 23],
    ],
    flags(false, false),
  ],
  [
    "broadcast both",
    "matmul",
    [
      [2, 1, 9, 12],
      [3, 12, 10],
    ],
    flags(false, false),
  ],
  [
    "one row, one column",
    "matmul",
    [
      [1, 7],
      [7, 1],
    ],
    flags(false, false),
  ],
  [
    "parts of a deep product",
    "matmul",
    [
      [18, 1030],
      [1030, 20],
    ],
    flags(false, false),
  ],
  [
    "of one axis",
    "conv",
    [
      [2, 9, 17],
      [6, 9, 3],
    ],
    taps([2], [[1, 0]], [2]),
  ],
  [
    "of two axes in groups",
    "conv",
    [
      [3, 6, 13, 11],
      [10, 3, 3, 2],
    ],
    taps(
      [2, 1],
      [
        [1, 2],
        [0, 1],
      ],
      [1, 2],
      2,
    ),
  ],
  [
    "of vectors",
    "conv",
    [
      [2, 8, 8, 8],
      [16, 8, 1, 1],
    ],
    taps(
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ],
  [
    "of three axes",
    "conv",
    [
      [1, 4, 4, 5, 6],
      [5, 4, 2, 3, 2],
    ],
    taps(
      [1, 2, 1],
      [
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    ),
  ],
  [
    "of each channel",
    "conv",
    [
      [2, 6, 7, 7],
      [6, 1, 3, 3],
    ],
    { ...same2d, groups: 6 },
  ],
  [
    "of one axis",
    "convInputGrad",
    [
      [2, 6, 7],
      [6, 5, 3],
    ],
    { ...taps([2], [[0, 1]]), inputShape: [2, 5, 14] },
  ],
  [
    "of two axes",
    "convInputGrad",
    [
      [2, 8, 9, 9],
      [8, 5, 3, 3],
    ],
    { ...same2d, inputShape: [2, 5, 9, 9] },
  ],
  [
    "of three axes",
    "convInputGrad",
    [
      [1, 5, 3, 4, 3],
      [5, 6, 1, 3, 1],
    ],
    {
      ...taps(
        [1, 1, 1],
        [
          [0, 0],
          [1, 1],
          [0, 0],
        ],
      ),
      inputShape: [1, 6, 3, 4, 3],
    },
  ],
  [
    "of one axis",
    "convFilterGrad",
    [
      [3, 5, 14],
      [3, 6, 7],
    ],
    { ...taps([2], [[0, 1]]), filterShape: [6, 5, 3] },
  ],
  [
    "of two axes, in parts",
    "convFilterGrad",
    [
      [4, 5, 12, 12],
      [4, 7, 12, 12],
    ],
    { ...same2d, filterShape: [7, 5, 3, 3] },
  ],
  [
    "of three axes",
    "convFilterGrad",
    [
      [1, 6, 3, 4, 3],
      [1, 5, 3, 4, 3],
    ],
    {
      ...taps(
        [1, 1, 1],
        [
          [0, 0],
          [1, 1],
          [0, 0],
        ],
      ),
      filterShape: [5, 6, 1, 3, 1],
    },
  ],
];
