// The layers, by kind. Adding one is one file and one line here.
export { activation } from "./activation.ts";
export { conv1d, conv2d, conv3d } from "./conv.ts";
export { dense } from "./dense.ts";
export { dropout } from "./dropout.ts";
export { flatten } from "./flatten.ts";
export { input } from "./input.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "./pool.ts";
export { reshape } from "./reshape.ts";
