// The public index of the core: graph, ops, autodiff, passes, layers, optimizers and the backend port.
// It knows no engine, no file system and no clock.
export {};
