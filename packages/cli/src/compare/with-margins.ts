// Margins of the command line over those of the suite.
import type { Side } from "@fastgpu/bench";
import type { Margins } from "@fastgpu/results";

/** The same side with other margins. */
export function withMargins(side: Side, margins: Margins | undefined): Side {
  if (margins === undefined) return side;
  const benchmarks = side.description.benchmarks.map((benchmark) => ({
    ...benchmark,
    margins: { ...benchmark.margins, ...margins },
  }));
  return { ...side, description: { ...side.description, benchmarks } };
}
