// `report`: shows a record in the terminal, or turns it into files. It measures nothing.
import { join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { renderTable, terminalStyle } from "@fastgpu/reporter";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import { exitCodes } from "../exit-code.ts";
import {
  formatNames,
  parseFormats,
  renderReport,
  reportFileName,
  type FormatName,
} from "../formats.ts";
import { prepareFolder, writeWhole } from "../output-folder.ts";
import { printResult } from "../output.ts";
import { readRecord } from "../read-record.ts";

interface ReportOptions extends SharedOptions {
  readonly format?: readonly FormatName[];
  readonly out?: string;
}

/** A table without --format, the report on stdout with one format, files with --out. */
export const reportCommand: CommandDefinition = {
  configure(command) {
    command
      .argument("<record>", "a record.json, a journal.jsonl, or the output folder of a run")
      .option(
        "--format <name,...>",
        `${formatNames.join(", ")}; without --out one of them, on stdout`,
        parseFormats,
      )
      .option("--out <folder>", "write files there instead of stdout (all formats by default)")
      .addHelpText(
        "after",
        examples(
          ["fastgpu-bench report results/record.json", "a table"],
          ["fastgpu-bench report results --format md", "Markdown on stdout"],
          ["fastgpu-bench report results --format html --out .", "writes report.html"],
        ),
      );
  },
  async execute(context, command) {
    const options = command.opts<ReportOptions>();
    const [path = ""] = command.processedArgs as readonly string[];
    const record = await readRecord(resolve(context.workingFolder, path));
    if (options.out !== undefined) {
      const folder = resolve(context.workingFolder, options.out);
      await prepareFolder(folder);
      const files: string[] = [];
      for (const name of options.format ?? formatNames) {
        const file = join(folder, reportFileName(name));
        await writeWhole(file, await renderReport(name, record));
        files.push(file);
      }
      printResult(context, options, { json: () => ({ files }), text: () => files.join("\n") });
      return exitCodes.ok;
    }
    const [format = options.json === true ? "json" : undefined, second] = options.format ?? [];
    if (second !== undefined) {
      throw new UsageError(
        `report: --format must name one format without --out, got ${options.format?.join(",") ?? ""}; add --out <folder>`,
      );
    }
    const text =
      format === undefined
        ? renderTable(record, terminalStyle(context.stdout, context.environment))
        : await renderReport(format, record);
    context.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    return exitCodes.ok;
  },
};
