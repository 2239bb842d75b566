// Public API of @fastgpu/reporter: a record as a terminal table, Markdown, CSV and JSON, and the
// live display of a run. Reports are texts; writing them anywhere is the caller's business. HTML is a subpath
// (@fastgpu/reporter/html), because its charting library takes half a second to load.

export { renderJunit } from "./comparison/comparison-junit.ts";
export { commentMarker, renderComparisonMarkdown } from "./comparison/comparison-markdown.ts";
export { renderComparison } from "./comparison/comparison-table.ts";
export { benchmarkName, countText } from "./comparison/comparison-view.ts";
export { describeSummary, renderCalibration } from "./calibration-table.ts";
export { csvColumns, renderCsv } from "./csv.ts";
export { describeFinding, renderHistory } from "./history-table.ts";
export { renderJson } from "./json.ts";
export { renderMarkdown } from "./markdown.ts";
export { createProgress } from "./progress/create-progress.ts";
export type { ProgressDisplay, ProgressOptions } from "./progress/create-progress.ts";
export { renderTable } from "./table.ts";
export type { TableStyle } from "./table.ts";
export { terminalStyle } from "./terminal-style.ts";
export type { TerminalStream, TerminalStyle } from "./terminal-style.ts";
export { renderStudy, studyProgressLine, verdictText } from "./study/render-study.ts";
