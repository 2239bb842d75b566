// The regularizers, by name.
import type { Configurable } from "../model/config.ts";
import type { Penalty } from "./penalty.ts";

/** l1 * sum |w|; default factor 0.01. */
export const l1: Configurable<Penalty> = {
  configure: (read) => ({ l1: read.number("l1", 0.01, { min: 0 }), l2: 0 }),
};

/** l2 * sum w^2; default factor 0.01. */
export const l2: Configurable<Penalty> = {
  configure: (read) => ({ l1: 0, l2: read.number("l2", 0.01, { min: 0 }) }),
};

/** l1 * sum |w| + l2 * sum w^2; default factors 0. */
export const l1l2: Configurable<Penalty> = {
  configure: (read) => ({
    l1: read.number("l1", 0, { min: 0 }),
    l2: read.number("l2", 0, { min: 0 }),
  }),
};
