// Prints a line for each failed test of a vitest JSON report: file, name and the first line of its error.
//
//   node scripts/failed-tests.mjs <report.json>
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { name, assertionResults } of testResults) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status !== "failed") continue;
    const [firstLine] = (failureMessages[0] ?? "no message").split("\n", 1);
    console.log(`${relative(process.cwd(), name)} > ${fullName}: ${firstLine}`);
  }
}
