// The metrics, by name. Adding one is one file and one line here.
export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
} from "./accuracy.ts";
export { auc } from "./auc.ts";
export {
  meanAbsoluteError,
  meanAbsoluteError as mae,
  meanSquaredError,
  meanSquaredError as mse,
  rootMeanSquaredError,
  rootMeanSquaredError as rmse,
} from "./error-size.ts";
export { f1, precision, recall } from "./precision-recall.ts";
export { r2 } from "./r2.ts";
export { topKAccuracy, topKAccuracy as topK } from "./top-k.ts";
