// The contract of a layer: what it makes of the shapes of its inputs and which nodes it emits. A layer is data until it
// is lowered; one file per layer, listed in table.ts.
import { ShapeError } from "../errors.ts";
import type { Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Initializer } from "../initializers/initializer.ts";
import type { ConfigReader, Configurable } from "../model/config.ts";
import type { Penalty } from "../regularizers/penalty.ts";

/** A layer kind. `configure` reads the layer's options and returns the layer. */
export type LayerDefinition = Configurable<Layer>;

/** A configured layer. All shapes are those of one sample: without the batch axis, which is axis 0 of every value. */
export interface Layer {
  /** Number of inputs it takes, least and most; default one. */
  readonly arity?: { readonly min: number; readonly max: number };
  /**
   * Shape of the result.
   *
   * @throws {ShapeError} with the bare rule; the caller names the layer
   */
  readonly inferShape: (inputs: readonly Shape[]) => Shape;
  /** Emits the layer; the shapes have passed `inferShape`. */
  readonly build: (context: LayerContext, inputs: readonly Value[]) => Value;
}

/** Connections into and out of one unit of a layer, as initializers count them. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** How a parameter starts and is treated by the optimizer. */
export interface ParameterOptions {
  readonly initializer: Initializer;
  /** Connections into and out of one unit; default: the two sizes of a matrix, or the last size for both. */
  readonly fans?: Fans;
  readonly regularizer?: Penalty | undefined;
  /** False for parameters that weight decay must leave alone (biases, scales); default true. */
  readonly isDecayed?: boolean;
}

/** What a layer may ask for while it emits its nodes. Names are local to the layer. */
export interface LayerContext {
  /** Name of the layer. */
  readonly layer: string;
  readonly isTraining: boolean;
  /** Rows in this program, rows of all devices together, and the position of the first of these rows among those. */
  readonly batch: number;
  readonly globalBatch: number;
  readonly firstRow: number;
  /** A trained tensor, kept in state. */
  parameter(name: string, shape: Shape, options: ParameterOptions): Value;
  /** A tensor kept in state that the optimizer does not touch, such as a running mean. */
  statistic(name: string, shape: Shape, initial: number): Value;
  /** Says what a statistic becomes after the step. Ignored unless training. */
  updateStatistic(name: string, next: Value): void;
  /** Sum over the devices that share the batch, of a sum over rows; the identity on one device. */
  sumOverDevices(name: string, value: Value): Value;
  /** A key i32[2] for randomUniform that differs between steps and layers. Only while training. */
  randomKey(): Value;
  /** Notes that `output` is softmax(logits) over the last axis, or sigmoid(logits), for losses to look through. */
  noteLogits(output: Value, activation: LogitActivation, logits: Value): void;
}

/** Activations that losses look through. */
export type LogitActivation = "softmax" | "sigmoid";

/** A layer with one input. */
export interface UnaryLayer {
  readonly inferShape: (input: Shape) => Shape;
  readonly build: (context: LayerContext, input: Value) => Value;
}

/** A layer kind with one input. */
export function unaryLayer(configure: (read: ConfigReader) => UnaryLayer): LayerDefinition {
  return {
    configure: (read) => {
      const { inferShape, build } = configure(read);
      return {
        inferShape: (inputs) => inferShape(first(inputs)),
        build: (context, inputs) => build(context, first(inputs)),
      };
    },
  };
}

/** The first of the inputs. */
export function first<T>(inputs: readonly T[]): T {
  const [input] = inputs;
  if (input === undefined) throw new ShapeError("input must be given, got none");
  return input;
}

/** The size of an axis, or of the last one for -1. */
export function axisSize(shape: Shape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined) throw new ShapeError(`axis ${axis} must exist, got [${shape.join(",")}]`);
  return size;
}
