// What a model predicted, with its shape.
import {
  sizeOf,
  toNumbers,
  UsageError,
  type DType,
  type HostTensor,
  type Shape,
  type TensorData,
  type TensorMap,
} from "@fastgpu/core";

/** Rows of numbers to any depth. */
export type NestedArray = (number | NestedArray)[];

/** Results of `predict`: one tensor [rows, ...] for each output layer. */
export class Predictions {
  /** By output layer. */
  readonly outputs: TensorMap;

  constructor(outputs: TensorMap) {
    this.outputs = outputs;
  }

  /** Shape of the only output, rows first. @throws {UsageError} if there are several: see `outputs` */
  get shape(): Shape {
    return this.only().shape;
  }

  /** Dtype of the only output. */
  get dtype(): DType {
    return this.only().dtype;
  }

  /** Elements of the only output, row-major. */
  get data(): TensorData {
    return this.only().data;
  }

  /** Elements of one row of the only output. @throws {UsageError} if there is no such row */
  row(index: number): Float64Array {
    const [rows = 0, ...row] = this.shape;
    if (!Number.isSafeInteger(index) || index < 0 || index >= rows) {
      throw new UsageError(`row: must be an integer in [0, ${rows}), got ${index}`);
    }
    const width = sizeOf(row);
    return toNumbers(this.only()).slice(index * width, (index + 1) * width);
  }

  /** Place of the largest number along the last axis, for each row: the predicted classes. The first of equals wins. */
  argMax(): Int32Array {
    const numbers = toNumbers(this.only());
    const width = Math.max(this.shape.at(-1) ?? 1, 1);
    return Int32Array.from({ length: numbers.length / width }, (_, row) => {
      let best = 0;
      for (let i = 1; i < width; i++) {
        if ((numbers[row * width + i] ?? 0) > (numbers[row * width + best] ?? 0)) best = i;
      }
      return best;
    });
  }

  /** The only output as nested arrays. */
  toArray(): NestedArray {
    const numbers = toNumbers(this.only());
    let level: (number | NestedArray)[] = Array.from(numbers);
    for (const size of this.shape.slice(1).reverse()) {
      const groups: NestedArray = [];
      for (let i = 0; i < level.length; i += size) groups.push(level.slice(i, i + size));
      level = groups;
    }
    return level;
  }

  private only(): HostTensor {
    const all = Object.entries(this.outputs);
    const [first] = all;
    if (first === undefined || all.length > 1) {
      const names = all.map(([name]) => name).join(", ");
      throw new UsageError(
        `predictions: an output must be named if there are several, got ${names}; use outputs[name]`,
      );
    }
    return first[1];
  }
}
