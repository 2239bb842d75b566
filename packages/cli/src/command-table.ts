// The commands of the command line, in the order of --help. A new command is one file and one entry here.
import type { CommandEntry } from "./command.ts";

/** All commands. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "measure a suite: train, time, check, report",
    load: async () => (await import("./commands/run.ts")).runCommand,
  },
  {
    name: "compare",
    summary: "is this commit slower? two commits, two records, or the code with itself",
    load: async () => (await import("./commands/compare.ts")).compareCommand,
  },
  {
    name: "tune",
    summary: "search the fastest configuration and prove it against the default",
    load: async () => (await import("./commands/tune.ts")).tuneCommand,
  },
  {
    name: "tune-kernels",
    summary: "choose the sizes of a backend's kernels by measuring them on a device",
    load: async () => (await import("./commands/tune-kernels.ts")).tuneKernelsCommand,
  },
  {
    name: "calibrate",
    summary: "measure this machine: limits of speed, noise between processes, the clock",
    load: async () => (await import("./commands/calibrate.ts")).calibrateCommand,
  },
  {
    name: "devices",
    summary: "list the devices that every installed backend can open",
    load: async () => (await import("./commands/devices.ts")).devicesCommand,
  },
  {
    name: "doctor",
    summary: "say what is installed, what works, what does not and what fixes it",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "conformance",
    summary: "check a backend against the reference, case by case",
    load: async () => (await import("./commands/conformance.ts")).conformanceCommand,
  },
  {
    name: "replay",
    summary: "judge a search strategy on a space that was measured exhaustively",
    load: async () => (await import("./commands/replay.ts")).replayCommand,
  },
  {
    name: "history",
    summary: "find changes over a folder of records and name their commits",
    load: async () => (await import("./commands/history.ts")).historyCommand,
  },
  {
    name: "report",
    summary: "show a record, or write it as HTML, Markdown, CSV or JSON",
    load: async () => (await import("./commands/report.ts")).reportCommand,
  },
  {
    name: "side",
    summary: "measure rounds for compare, which starts it",
    load: async () => (await import("./commands/side.ts")).sideCommand,
  },
];
