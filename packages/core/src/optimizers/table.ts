// The optimizers, by name. Adding one is one file and one line here.
export { adam, adamw } from "./adam.ts";
export { momentum, nesterov, sgd } from "./sgd.ts";
