// The entry of the command line. It parses arguments and wires the other packages together.
export {};
