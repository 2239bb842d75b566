// The composite ops, by name. Adding one is one file and one line here; backends lower it by its decomposition.
export { relu } from "./relu.ts";
