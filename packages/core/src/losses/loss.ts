// The contract of a loss: one number per sample from a prediction and a target.
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { configureNamed, type Configurable, type NamedConfig } from "../model/config.ts";
import type { ModelOutput } from "../model/emit.ts";
import * as table from "./table.ts";

/** A loss kind. */
export type LossDefinition = Configurable<Loss>;

/** A configured loss. */
export interface Loss {
  /**
   * Type of the targets for a prediction of this type, batch included.
   *
   * @throws {ShapeError} with the bare rule if the loss cannot judge such predictions
   */
  readonly targetType: (prediction: TensorType) => TensorType;
  /** [batch]: the loss of each sample, averaged over the axes that the formula does not name. */
  readonly perSample: (output: ModelOutput, target: Value) => Value;
}

/** Finds and configures a loss. @throws {UsageError} for an unknown name or option */
export function configureLoss(named: NamedConfig): Loss {
  return configureNamed("loss", table, named);
}
