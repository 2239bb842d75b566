// The public index of the runtime: device pool, supervision and messages to backend processes.
// It loads no engine in this process.
export {};
