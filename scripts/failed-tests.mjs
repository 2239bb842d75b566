// Prints a line for each failed test of a vitest JSON report: file, name, time and the first line of its error.
//
//   node scripts/failed-tests.mjs <report.json>
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { name, assertionResults } of testResults) {
  for (const { status, fullName, duration = 0, failureMessages } of assertionResults) {
    if (status !== "failed") continue;
    const [firstLine] = (failureMessages[0] ?? "no message").split("\n", 1);
    // The reporter says only this of a test that ran out of time.
    const reason = firstLine.includes("STACK_TRACE_ERROR") ? "timed out" : firstLine;
    const seconds = (duration / 1000).toFixed(1);
    console.log(`${relative(process.cwd(), name)} > ${fullName} (${seconds} s): ${reason}`);
  }
}
