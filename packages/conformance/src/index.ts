// The public index of the conformance suite: cases, tolerances and the runner.
// It contains no backend.
export {};
