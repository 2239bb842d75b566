// Files of the WebAssembly engine's package that its own loader does not find, or does not use, in Node.

const folder = "@tensorflow/tfjs-backend-wasm/wasm-out";

/** The loader of the engine with threads, CommonJS. */
export const THREADED_MODULE: string = `${folder}/tfjs-backend-wasm-threaded-simd.js`;

/** The engine with threads itself. */
export const THREADED_BINARY: string = `${folder}/tfjs-backend-wasm-threaded-simd.wasm`;

/** What its threads run, as a text. */
export const WORKER_MODULE: string = `${folder}/tfjs-backend-wasm-threaded-simd.worker.js`;
