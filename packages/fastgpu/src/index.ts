// The public index of the user API: models, layers, data and callbacks.
// It wires core, data and runtime together and owns no numerics.
export {};
