// The losses, by name. Adding one is one file and one line here.
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from "./cross-entropy.ts";
export { cosineSimilarity, klDivergence } from "./divergence.ts";
export { categoricalHinge, hinge, squaredHinge } from "./margin.ts";
export {
  huber,
  meanAbsoluteError,
  meanAbsoluteError as mae,
  meanSquaredError,
  meanSquaredError as mse,
} from "./regression.ts";
