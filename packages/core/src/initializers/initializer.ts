// How parameters start: initializers computed on the host, deterministic in (seed, parameter name), independent of the
// order in which parameters are made and of every engine.
import type { Shape } from "../graph/shape.ts";
import { asNamed, configureNamed, type ConfigReader, type NamedConfig } from "../model/config.ts";
import type { RandomStream } from "./random-stream.ts";
import * as table from "./table.ts";

/** The tensor to fill and the number of connections into and out of one unit, which scale most initializers. */
export interface InitialTensor {
  readonly shape: Shape;
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Values in row-major order; the same for the same stream. */
export type Initializer = (tensor: InitialTensor, random: RandomStream) => Float64Array;

/** Reads an initializer given by name (`"heNormal"`) or object (`{ name: "constant", value: 0.1 }`). */
export function readInitializer(
  read: ConfigReader,
  key: string,
  fallback: NamedConfig,
): Initializer {
  const value = read.raw(key) ?? fallback;
  return configureNamed(`${read.where}: ${key}`, table, asNamed(read, key, value));
}
