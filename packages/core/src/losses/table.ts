// The losses, by name. Adding one is one file and one line here.
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from "./cross-entropy.ts";
export { huber, meanAbsoluteError, meanSquaredError } from "./regression.ts";
