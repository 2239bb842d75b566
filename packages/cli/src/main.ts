// The entry of the command line: gives the program its surroundings and the process its exit code.
import { commandTable } from "./command-table.ts";
import { exitCodes } from "./exit-code.ts";
import { describeFailure, failureText } from "./failure.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { tolerateClosedPipe } from "./output.ts";
import { runProgram } from "./program.ts";

tolerateClosedPipe(process.stdout, process.stderr);
process.on("uncaughtException", (error) => {
  const failure = describeFailure(error);
  process.stderr.write(failureText(failure, process.argv.includes("--verbose")));
  process.exit(failure.exitCode);
});

const interrupt = listenForInterrupt(process);
const exitCode = await runProgram(process.argv.slice(2), commandTable, {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  workingFolder: process.cwd(),
  signal: interrupt.signal,
  nowMs: () => performance.now(),
  today: () => new Date(),
});
process.exitCode = exitCode === exitCodes.interrupted ? interrupt.exitCode() : exitCode;
interrupt.close();
