// `doctor`: what is installed, what each backend can use, why not, and the command that fixes it.
import { createColors } from "picocolors";
import type { Diagnosis } from "@fastgpu/core";
import { terminalStyle } from "@fastgpu/reporter";
import { backendModule, DevicePool } from "@fastgpu/runtime";
import { chooseBackends } from "../backends.ts";
import { checkMachine } from "../checks.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { describeFailure } from "../failure.ts";
import { printResult } from "../output.ts";
import { listDevices } from "./devices.ts";

interface DoctorOptions extends SharedOptions {
  readonly backend?: string;
}

/** Checks the installation; exit 2 when no device opens, since nothing can be run then. */
export const doctorCommand: CommandDefinition = {
  configure(command) {
    command
      .option("--backend <name,...>", "backends to check: names, packages, files, or all", "all")
      .addHelpText(
        "after",
        examples(
          ["fastgpu-bench doctor", "everything, with fixes"],
          ["fastgpu-bench doctor --json", "for a bug report"],
        ),
      );
  },
  async execute(context, command) {
    const options = command.opts<DoctorOptions>();
    const backends = chooseBackends(options.backend, context.workingFolder);
    const [machine, checkedBackends, found] = await Promise.all([
      checkMachine(),
      checkBackends(backends, context),
      listDevices(backends, context),
    ]);
    const count = found.devices.length;
    const list = found.devices.map(({ backend, id }) => `${backend}:${id}`).join(", ");
    const devices: Diagnosis =
      count > 0
        ? { subject: "devices", status: "ok", detail: list }
        : {
            subject: "devices",
            status: "broken",
            detail: "no device opens, so nothing can run",
            fix: "npm install @fastgpu/backend-onnx",
          };
    const checks = [...machine, ...checkedBackends, devices];
    printResult(context, options, {
      json: () => ({ checks }),
      text: () => checklist(checks, context),
    });
    return count > 0 ? exitCodes.ok : exitCodes.badInput;
  },
};

/** Each backend says in a process of its own what it lacks. */
async function checkBackends(
  backends: readonly string[],
  { signal }: Context,
): Promise<readonly Diagnosis[]> {
  const pool = new DevicePool();
  try {
    const answers = await Promise.all(
      backends.map(async (backend): Promise<readonly Diagnosis[]> => {
        try {
          return await pool.diagnose(backend, signal);
        } catch (error) {
          const { code, message } = describeFailure(error);
          if (code === "CANCELLED") throw error;
          const fix = `npm install ${backendModule(backend)}`;
          return [{ subject: `backend ${backend}`, status: "broken", detail: message, fix }];
        }
      }),
    );
    return answers.flat();
  } finally {
    await pool.close();
  }
}

function checklist(checks: readonly Diagnosis[], context: Context): string {
  const colors = createColors(terminalStyle(context.stdout, context.environment).color);
  const marks = { ok: colors.green("✓"), missing: colors.yellow("-"), broken: colors.red("✗") };
  const width = Math.max(...checks.map(({ subject }) => subject.length));
  return checks
    .map(({ subject, status, detail, fix }) => {
      const line = `${marks[status]} ${subject.padEnd(width)}  ${detail}`;
      const remedy = `${" ".repeat(width + 4)}${colors.dim("fix:")} ${fix ?? ""}`;
      return fix === undefined || status === "ok" ? line : `${line}\n${remedy}`;
    })
    .join("\n");
}
