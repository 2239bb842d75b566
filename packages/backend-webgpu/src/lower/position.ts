// Where in a tensor a shader is: one index per axis, or the flat index, each worked out from the other when needed.
import { sizeOf, stridesOf } from "@fastgpu/core";
import { fixed, quotient, remainder, sameIndex, scaled, sum, type Affine } from "./affine.ts";
import type { Shape } from "./program.ts";

/** A position in a tensor of a shape without empty axes. */
export class Position {
  readonly shape: Shape;
  private readonly axes: (Affine | undefined)[];
  private whole: Affine | undefined;

  private constructor(shape: Shape, axes: (Affine | undefined)[], whole: Affine | undefined) {
    this.shape = shape;
    this.axes = axes;
    this.whole = whole;
  }

  /** From the flat row-major index. */
  static flat(shape: Shape, index: Affine): Position {
    return new Position(shape, new Array<undefined>(shape.length).fill(undefined), index);
  }

  /** From an index per axis. */
  static at(shape: Shape, axes: readonly Affine[]): Position {
    return new Position(shape, [...axes], undefined);
  }

  /** The first element. */
  static origin(shape: Shape): Position {
    return Position.flat(shape, fixed(0));
  }

  /** Index along an axis. */
  axis(axis: number): Affine {
    const known = this.axes[axis];
    if (known !== undefined) return known;
    const stride = stridesOf(this.shape)[axis]!;
    const index = remainder(quotient(this.flat(), stride), this.shape[axis]!);
    this.axes[axis] = index;
    return index;
  }

  /** Flat row-major index. */
  flat(): Affine {
    if (this.whole !== undefined) return this.whole;
    const strides = stridesOf(this.shape);
    this.whole = this.axes.reduce<Affine>(
      (index, axis, i) => sum(index, scaled(axis!, strides[i]!)),
      fixed(0),
    );
    return this.whole;
  }

  /** The same element under another shape. */
  reshaped(shape: Shape): Position {
    return Position.flat(shape, this.flat());
  }

  /** The element of an operand that is broadcast to this tensor. */
  broadcastFrom(shape: Shape): Position {
    if (shape.length === this.shape.length && shape.every((size, i) => size === this.shape[i])) {
      return this;
    }
    if (sizeOf(shape) === 1) return Position.origin(shape);
    const offset = this.shape.length - shape.length;
    return Position.at(
      shape,
      shape.map((size, i) => (size === 1 ? fixed(0) : this.axis(i + offset))),
    );
  }

  /** True if both are the same element of the same tensor by construction. */
  equals(other: Position): boolean {
    return sameIndex(this.flat(), other.flat());
  }

  /** Equal texts, equal positions within one tensor. */
  get key(): string {
    return this.flat().key;
  }
}
