// Geometry that convolution and pooling share: attributes, output sizes, and the reference's walk over window taps.
import { ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../graph/shape.ts";

/** Zeros before and after each spatial axis, integers >= 0. */
export type Padding = readonly (readonly [number, number])[];

/** Attributes of a convolution; lists have one entry per spatial axis. */
export interface ConvAttrs {
  /** Step between windows, >= 1. */
  readonly strides: readonly number[];
  readonly padding: Padding;
  /** Step between the taps of a window, >= 1. */
  readonly dilations: readonly number[];
  /** Channels fall into this many runs; output channels of a run see only its input channels. */
  readonly groups: number;
}

/** Attributes of a pooling; lists have one entry per spatial axis. */
export interface PoolAttrs {
  /** Window size, >= 1. */
  readonly window: readonly number[];
  /** Step between windows, >= 1. */
  readonly strides: readonly number[];
  /** Smaller than the window, so that every window holds an element. */
  readonly padding: Padding;
}

/** Attributes of an average pooling. */
export interface AvgPoolAttrs extends PoolAttrs {
  /** Whether the zeros of the padding count as elements of the mean. */
  readonly countIncludePad: boolean;
}

/** What slides over one spatial axis. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the axis. */
  readonly low: number;
}

/** One run of output elements that a tap of the window reads from the input with the step of the last axis. */
export interface TapRow {
  /** Position in the window, row-major. */
  readonly tap: number;
  /** Flat spatial index of the first input and output element. */
  readonly input: number;
  readonly output: number;
  readonly count: number;
}

/** The rows of a geometry, in row-major order of the taps, and the input step within a row. */
export interface TapWalk {
  readonly rows: readonly TapRow[];
  readonly step: number;
}

/**
 * Output size of each spatial axis: floor((size + low + high - dilation (window - 1) - 1) / stride) + 1.
 *
 * @throws {ShapeError} if an attribute is out of range or a window does not fit the padded axis
 */
export function windowAxes(
  op: string,
  spatial: Shape,
  window: Shape,
  { strides, padding, dilations }: Pick<ConvAttrs, "strides" | "padding" | "dilations">,
): WindowAxis[] {
  const rank = spatial.length;
  checkList(op, "window", window, rank);
  checkList(op, "strides", strides, rank);
  checkList(op, "dilations", dilations, rank);
  const flat = padding.flat();
  if (padding.length !== rank || flat.length !== 2 * rank || !flat.every((size) => isCount(size))) {
    throw new ShapeError(
      `${op}: padding must be ${rank} pairs of integers >= 0, got ${JSON.stringify(padding)}`,
    );
  }
  return spatial.map((input, axis) => {
    const [low, high] = padding[axis]!;
    const [stride, dilation] = [strides[axis]!, dilations[axis]!];
    const reach = dilation * (window[axis]! - 1) + 1;
    const room = input + low + high - reach;
    if (room < 0) {
      throw new ShapeError(
        `${op}: windows must fit the padded input, got spatial=${formatShape(spatial)}, window=${formatShape(window)}, padding=${JSON.stringify(padding)}, dilations=${formatShape(dilations)}`,
      );
    }
    const output = Math.floor(room / stride) + 1;
    return { input, output, window: window[axis]!, stride, dilation, low };
  });
}

/**
 * Geometry of a pooling over x [n, c, ...s].
 *
 * @throws {ShapeError} if x has no or more than 3 spatial axes, an empty one, or an attribute is out of range
 */
export function poolAxes(op: string, shape: Shape, attrs: PoolAttrs): WindowAxis[] {
  const spatial = shape.slice(2);
  if (spatial.length < 1 || spatial.length > 3 || spatial.includes(0)) {
    throw new ShapeError(
      `${op}: operand must be [n, c, ...s] with 1 to 3 spatial axes >= 1, got ${formatShape(shape)}`,
    );
  }
  const axes = windowAxes(op, spatial, attrs.window, {
    ...attrs,
    dilations: spatial.map(() => 1),
  });
  const tooMuch = attrs.padding.some((sides, axis) => Math.max(...sides) >= attrs.window[axis]!);
  if (tooMuch) {
    throw new ShapeError(
      `${op}: padding must be smaller than the window, got padding=${JSON.stringify(attrs.padding)}, window=${formatShape(attrs.window)}`,
    );
  }
  return axes;
}

/** Shape of a pooling's result. */
export function pooledShape(op: string, shape: Shape, attrs: PoolAttrs): number[] {
  return [...shape.slice(0, 2), ...poolAxes(op, shape, attrs).map((axis) => axis.output)];
}

/** All rows of a geometry of 1 to 3 axes; taps that fall into the padding have none. */
export function tapWalk(axes: readonly WindowAxis[]): TapWalk {
  const unit: WindowAxis = { input: 1, output: 1, window: 1, stride: 1, dilation: 1, low: 0 };
  const filled = [unit, unit, ...axes].slice(-3);
  const [deep, high, wide] = [filled[0]!, filled[1]!, filled[2]!];
  const rows: TapRow[] = [];
  for (let tap = 0; tap < deep.window * high.window * wide.window; tap++) {
    const x = tap % wide.window;
    const y = Math.floor(tap / wide.window) % high.window;
    const z = Math.floor(tap / (wide.window * high.window));
    const [firstX, lastX] = outputsOf(wide, x);
    const [firstY, lastY] = outputsOf(high, y);
    const [firstZ, lastZ] = outputsOf(deep, z);
    if (lastX < firstX) continue;
    for (let outZ = firstZ; outZ <= lastZ; outZ++) {
      for (let outY = firstY; outY <= lastY; outY++) {
        const plane = inputOf(deep, z, outZ) * high.input + inputOf(high, y, outY);
        rows.push({
          tap,
          input: plane * wide.input + inputOf(wide, x, firstX),
          output: (outZ * high.output + outY) * wide.output + firstX,
          count: lastX - firstX + 1,
        });
      }
    }
  }
  return { rows, step: wide.stride };
}

function inputOf(axis: WindowAxis, tap: number, output: number): number {
  return output * axis.stride - axis.low + tap * axis.dilation;
}

/** First and last output position whose tap lies inside of the input. */
function outputsOf(axis: WindowAxis, tap: number): [number, number] {
  const shift = axis.low - tap * axis.dilation;
  const first = Math.max(0, Math.ceil(shift / axis.stride));
  const last = Math.min(axis.output - 1, Math.floor((axis.input - 1 + shift) / axis.stride));
  return [first, last];
}

function checkList(op: string, what: string, values: readonly number[], rank: number): void {
  if (values.length !== rank || !values.every((value) => isCount(value) && value >= 1)) {
    throw new ShapeError(
      `${op}: ${what} must be ${rank} integers >= 1, got ${formatShape(values)}`,
    );
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
