// The optimizers, by name. Adding one is one file and one line here.
export { adagrad } from "./adagrad.ts";
export { adam, adamw } from "./adam.ts";
export { lamb } from "./lamb.ts";
export { lion } from "./lion.ts";
export { rmsprop } from "./rmsprop.ts";
export { momentum, nesterov, sgd } from "./sgd.ts";
