// The public index of the ONNX Runtime backend.
// It is loaded by module name, inside the backend process only.
export {};
