// The primitive ops, by name. Adding an op is one file and one line here; every table over ops then asks for its rule.
export { add } from "./add.ts";
export { broadcastTo } from "./broadcast-to.ts";
export { cast } from "./cast.ts";
export { exp } from "./exp.ts";
export { greater } from "./greater.ts";
export { matmul } from "./matmul.ts";
export { maximum } from "./maximum.ts";
export { mul } from "./mul.ts";
export { reduceSum } from "./reduce-sum.ts";
export { reshape } from "./reshape.ts";
export { select } from "./select.ts";
