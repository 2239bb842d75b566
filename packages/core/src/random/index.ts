// The subpath `@fastgpu/core/random`: counter-based random numbers on the host and key derivation.
export { foldIn, initialKey, nextKey, splitKey, streamKey, streamKeyOf } from "./keys.ts";
export { normal } from "./normal.ts";
export { threefry2x32, uniform, type Key } from "./threefry.ts";
