// The metrics, by name. Adding one is one file and one line here.
export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
} from "./accuracy.ts";
