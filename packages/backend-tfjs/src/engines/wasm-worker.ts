// Entry of a thread of the WebAssembly engine. The engine ships what its threads run as text for a browser's worker; this
// gives that text the two names of a CommonJS module which it asks Node for.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { WORKER_MODULE } from "./wasm-files.ts";

const require = createRequire(import.meta.url);
const { wasmWorkerContents } = require(WORKER_MODULE) as { readonly wasmWorkerContents: string };
// Line ends in its string literals were turned into real ones when it was made a text.
const code = wasmWorkerContents.replaceAll("\n", "\\n");
const start = compileFunction(code, ["require", "__filename"]) as (
  require: NodeJS.Require,
  filename: string,
) => void;
start(require, fileURLToPath(import.meta.url));
