// The layers, as users see them under `fg.layers`: one function per kind.
export {
  activation,
  dense,
  dropout,
  embedding,
  flatten,
  inputLayer as input,
  permute,
  reshape,
} from "./basic.ts";
export {
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  conv3d,
  conv3dTranspose,
  depthwiseConv2d,
} from "./convolution.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "./pooling.ts";
export { batchNorm, groupNorm, layerNorm } from "./normalization.ts";
export { add, average, concat, maximum, minimum, multiply, subtract } from "./merging.ts";
export { pad1d, pad2d, pad3d, upsample1d, upsample2d, upsample3d } from "./resizing.ts";
