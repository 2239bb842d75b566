// `devices`: what every installed backend can open on this machine, as given to --backend and --device.
import Table from "cli-table3";
import type { Command } from "commander";
import { createColors } from "picocolors";
import { BackendUnavailableError, type DeviceInfo } from "@fastgpu/core";
import { terminalStyle } from "@fastgpu/reporter";
import { DevicePool } from "@fastgpu/runtime";
import { chooseBackends } from "../backends.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { describeFailure } from "../failure.ts";
import { formatMemory } from "../format.ts";
import { printResult } from "../output.ts";

interface DevicesOptions extends SharedOptions {
  readonly backend?: string;
}

/** Lists devices; a backend that fails is a warning as long as another has a device. */
export const devicesCommand: CommandDefinition = {
  configure(command) {
    command
      .option("--backend <name,...>", "backends to ask: names, packages, files, or all", "all")
      .addHelpText(
        "after",
        examples(
          ["fastgpu-bench devices", "a table"],
          ["fastgpu-bench devices --backend onnx --json", "for scripts"],
        ),
      );
  },
  async execute(context, command: Command) {
    const options = command.opts<DevicesOptions>();
    const backends = chooseBackends(options.backend, context.workingFolder);
    const found = await listDevices(backends, context);
    const reasons = found.failures.map(({ error }) => describeFailure(error).message);
    if (found.devices.length === 0) {
      const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
      throw new BackendUnavailableError(
        `devices: at least one device must open, got none from ${backends.join(", ")}${why}`,
        { fix: "run fastgpu-bench doctor", cause: found.failures[0]?.error },
      );
    }
    for (const reason of reasons) context.stderr.write(`warning: ${reason}\n`);
    printResult(context, options, {
      json: () => ({ devices: found.devices }),
      text: () => deviceTable(found.devices, context),
    });
    return exitCodes.ok;
  },
};

/** Devices of several backends, and the backends that could not say. */
export interface FoundDevices {
  readonly devices: readonly DeviceInfo[];
  readonly failures: readonly { readonly backend: string; readonly error: unknown }[];
}

/**
 * Asks each backend in a process of its own, all at once.
 *
 * @throws {CancelledError} after Ctrl-C
 */
export async function listDevices(
  backends: readonly string[],
  { signal }: Pick<Context, "signal">,
): Promise<FoundDevices> {
  const pool = new DevicePool();
  try {
    const answers = await Promise.allSettled(
      backends.map((backend) => pool.devices(backend, signal)),
    );
    const failures = answers.flatMap((answer, index) =>
      answer.status === "rejected"
        ? [{ backend: backends[index] ?? "", error: answer.reason as unknown }]
        : [],
    );
    const cancelled = failures.find(({ error }) => describeFailure(error).code === "CANCELLED");
    if (cancelled !== undefined) throw cancelled.error;
    const devices = answers.flatMap((answer) =>
      answer.status === "fulfilled" ? answer.value : [],
    );
    return { devices, failures };
  } finally {
    await pool.close();
  }
}

function deviceTable(devices: readonly DeviceInfo[], context: Context): string {
  const colors = createColors(terminalStyle(context.stdout, context.environment).color);
  const heads = ["backend", "device", "kind", "name", "memory", "dtypes", "engine"];
  const table = new Table({
    head: heads.map((head) => colors.bold(head)),
    style: { head: [], border: [] },
    // Blanks between columns and no frame: easy on the eye and on `awk`.
    chars: borderless,
  });
  for (const device of devices) {
    table.push([
      device.backend,
      device.id,
      device.isSoftware === true ? `${device.kind} (software)` : device.kind,
      device.name,
      device.memoryBytes === undefined ? "" : formatMemory(device.memoryBytes),
      device.dtypes.join(" "),
      `${device.engine.name} ${device.engine.version}`,
    ]);
  }
  return trimLines(table.toString());
}

const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

function trimLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
