// The public index of the TensorFlow.js backend: its default export is the Backend.
// It is loaded by module name, inside the backend process only.
export { backend as default } from "./backend.ts";
