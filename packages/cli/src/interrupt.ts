// Ctrl-C: the first asks the command to end in order, the second ends everything at once. Backend processes
// notice the end of their parent by themselves.
import { exitCodes } from "./exit-code.ts";

/** A signal that follows the interrupts of the process. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Exit code of a command that was interrupted: 128 + the number of the signal. */
  readonly exitCode: () => number;
  /** Stops listening. */
  close(): void;
}

/** Exit codes by signal: 128 + its number. */
const signalCodes = { SIGINT: exitCodes.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens for interrupts until closed. */
export function listenForInterrupt(process: NodeJS.Process): Interrupt {
  const controller = new AbortController();
  let received: keyof typeof signalCodes | undefined;
  const listener = (signal: keyof typeof signalCodes): void => {
    if (received !== undefined) process.exit(signalCodes[signal]);
    received = signal;
    const again = signal === "SIGINT" ? "; press Ctrl-C again to end at once" : "";
    process.stderr.write(`stopping${again}\n`);
    controller.abort();
  };
  const names = Object.keys(signalCodes) as (keyof typeof signalCodes)[];
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    exitCode: () => signalCodes[received ?? "SIGINT"],
    close: () => {
      for (const name of names) process.off(name, listener);
    },
  };
}
