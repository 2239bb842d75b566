// The public index of the reporters: terminal, HTML, JSON, Markdown and CSV.
// They read result records and measure nothing.
export {};
