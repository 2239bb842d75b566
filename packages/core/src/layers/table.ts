// The layers, by kind. Adding one is one file and one line here.
export { activation } from "./activation.ts";
export { batchNorm } from "./batch-norm.ts";
export { conv1d, conv2d, conv3d } from "./conv.ts";
export { conv1dTranspose, conv2dTranspose, conv3dTranspose } from "./conv-transpose.ts";
export { dense } from "./dense.ts";
export { depthwiseConv2d } from "./depthwise-conv.ts";
export { dropout } from "./dropout.ts";
export { embedding } from "./embedding.ts";
export { flatten } from "./flatten.ts";
export { groupNorm } from "./group-norm.ts";
export { input } from "./input.ts";
export { layerNorm } from "./layer-norm.ts";
export { add, average, concat, maximum, minimum, multiply, subtract } from "./merge.ts";
export { pad1d, pad2d, pad3d } from "./pad.ts";
export { permute } from "./permute.ts";
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
export { upsample1d, upsample2d, upsample3d } from "./upsample.ts";
