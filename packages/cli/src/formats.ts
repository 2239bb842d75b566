// The report formats by name: which file each one is, and how it is made from a record. HTML brings a charting
// library that takes half a second to load, so each is loaded when it is asked for.
import { UsageError } from "@fastgpu/core";
import type { RunRecord } from "@fastgpu/results";
import { didYouMean } from "./suggest.ts";

/** One format. */
interface Format {
  readonly fileName: string;
  readonly render: (record: RunRecord) => Promise<string>;
}

/** Name of a format, as given to `--format`. */
export type FormatName = "json" | "html" | "md" | "csv";

const formats: Readonly<Record<FormatName, Format>> = {
  json: {
    fileName: "record.json",
    render: async (record) => (await import("@fastgpu/reporter")).renderJson(record),
  },
  html: {
    fileName: "report.html",
    render: async (record) => (await import("@fastgpu/reporter/html")).renderHtml(record),
  },
  md: {
    fileName: "report.md",
    render: async (record) => (await import("@fastgpu/reporter")).renderMarkdown(record),
  },
  csv: {
    fileName: "report.csv",
    render: async (record) => (await import("@fastgpu/reporter")).renderCsv(record),
  },
};

/** All format names. */
export const formatNames: readonly FormatName[] = Object.keys(formats).filter(isFormat);

/**
 * Checks `--format`.
 *
 * @param given - comma-separated names
 * @throws {UsageError} for an unknown name
 */
export function parseFormats(given: string): readonly FormatName[] {
  const names = [...new Set(given.split(",").map((name) => name.trim()))];
  return names.map((name) => {
    if (isFormat(name)) return name;
    throw new UsageError(
      `--format: must be one or more of ${formatNames.join(", ")}, got "${name}"${didYouMean(name, formatNames)}`,
    );
  });
}

/** The file of a format in an output folder. */
export function reportFileName(name: FormatName): string {
  return formats[name].fileName;
}

/** The text of a format. */
export function renderReport(name: FormatName, record: RunRecord): Promise<string> {
  return formats[name].render(record);
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}
