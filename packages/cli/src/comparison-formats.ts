// The report formats of a comparison by name. HTML brings a charting library, so each is loaded when it is asked for.
import { UsageError } from "@fastgpu/core";
import type { Comparison } from "@fastgpu/results";
import { didYouMean } from "./suggest.ts";

/** Name of a format, as given to `--format`. */
export type ComparisonFormat = "json" | "html" | "md" | "junit";

interface Format {
  readonly fileName: string;
  readonly render: (comparison: Comparison) => Promise<string>;
}

const formats: Readonly<Record<ComparisonFormat, Format>> = {
  json: {
    fileName: "comparison.json",
    render: (comparison) => Promise.resolve(`${JSON.stringify(comparison)}\n`),
  },
  html: {
    fileName: "comparison.html",
    render: async (comparison) =>
      (await import("@fastgpu/reporter/comparison-html")).renderComparisonHtml(comparison),
  },
  md: {
    fileName: "comparison.md",
    render: async (comparison) =>
      (await import("@fastgpu/reporter")).renderComparisonMarkdown(comparison),
  },
  junit: {
    fileName: "junit.xml",
    render: async (comparison) => (await import("@fastgpu/reporter")).renderJunit(comparison),
  },
};

/** All format names. */
export const comparisonFormats: readonly ComparisonFormat[] =
  Object.keys(formats).filter(isComparisonFormat);

/**
 * Checks `--format`.
 *
 * @param given - comma-separated names
 * @throws {UsageError} for an unknown name
 */
export function parseComparisonFormats(given: string): readonly ComparisonFormat[] {
  const names = [...new Set(given.split(",").map((name) => name.trim()))];
  return names.map((name) => {
    if (isComparisonFormat(name)) return name;
    throw new UsageError(
      `--format: must be one or more of ${comparisonFormats.join(", ")}, got "${name}"${didYouMean(name, comparisonFormats)}`,
    );
  });
}

/** The file of a format in an output folder. */
export function comparisonFileName(name: ComparisonFormat): string {
  return formats[name].fileName;
}

/** The text of a format. */
export function renderComparisonReport(
  name: ComparisonFormat,
  comparison: Comparison,
): Promise<string> {
  return formats[name].render(comparison);
}

function isComparisonFormat(name: string): name is ComparisonFormat {
  return Object.hasOwn(formats, name);
}
