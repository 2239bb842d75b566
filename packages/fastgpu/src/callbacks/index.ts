// The callbacks, as users see them under `fg.callbacks`.
export { checkpoint } from "./checkpoint.ts";
export { csvLog } from "./csv-log.ts";
export { earlyStopping } from "./early-stopping.ts";
export { progress } from "./progress.ts";
