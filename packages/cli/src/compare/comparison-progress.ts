// What a comparison shows on stderr while it runs: a line per verdict, and in a terminal the rounds in between.
import type { ComparisonEvent } from "@fastgpu/bench";
import { terminalStyle } from "@fastgpu/reporter";
import type { Context } from "../context.ts";
import { createCounter, type Counter } from "../counter.ts";

/** Listens to a comparison until closed. */
export interface ComparisonProgress {
  readonly onEvent: (event: ComparisonEvent) => void;
  /** A step before the first round. */
  step(text: string): void;
  close(): void;
}

/** Starts showing. */
export function createComparisonProgress({ stderr, environment }: Context): ComparisonProgress {
  const style = terminalStyle(stderr, environment);
  let counter: Counter = createCounter(stderr, style);
  const line = (text: string): void => {
    counter.close();
    stderr.write(`${text}\n`);
  };
  return {
    step: line,
    onEvent: (event) => {
      switch (event.kind) {
        case "started":
          counter = createCounter(stderr, style);
          if (event.resumedRounds > 0) line(`${event.resumedRounds} rounds already done`);
          break;
        case "round":
          counter.advance();
          break;
        case "decided": {
          const { verdict, key, reason } = event.benchmark;
          line(`${verdict} ${key}: ${reason}`);
          break;
        }
      }
    },
    close: () => {
      counter.close();
    },
  };
}
