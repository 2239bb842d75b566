// The public index of the result record: types, schema and statistics.
// It measures nothing and prints nothing.
export {};
