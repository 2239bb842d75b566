// Calls the command line: in this process, which costs nothing, or as a child process, as a user does.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Writable } from "node:stream";
import { afterEach, expect } from "vitest";
import { commandTable } from "../src/command-table.ts";
import { runProgram } from "../src/program.ts";

const launcher = fileURLToPath(new URL("../bin/fastgpu-bench.js", import.meta.url));

/** How a call ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under way. */
export interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What is on stderr so far. */
  readonly stderr: () => string;
}

/** Where and how to call; a clean environment without colour settings. */
export interface LaunchOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A fixture's path. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** A stream that is no terminal and keeps what it gets. */
class Kept extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }

  asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

/**
 * Calls in this process and waits for the end. The program is the same as behind the launcher, less what `main.ts` does
 * with signals and closed pipes; starting a process for each of a hundred refusals would take a minute.
 */
export async function invoke(
  args: readonly string[],
  options: Pick<LaunchOptions, "cwd"> = {},
): Promise<Ended> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const workingFolder = options.cwd ?? tmpdir();
  // Suites and models are looked for from the process's folder. Calls at the same time share theirs.
  process.chdir(workingFolder);
  callsUnderWay++;
  try {
    const status = await runProgram(args, commandTable, {
      stdout: stdout.asStream(),
      stderr: stderr.asStream(),
      environment: {},
      workingFolder,
      signal: new AbortController().signal,
      nowMs: () => performance.now(),
      today: () => new Date(),
    });
    return { status, signal: null, stdout: stdout.text, stderr: stderr.text };
  } finally {
    callsUnderWay--;
    if (callsUnderWay === 0) process.chdir(homeFolder);
  }
}

const homeFolder = process.cwd();
let callsUnderWay = 0;

/** Starts a process. */
export function start(args: readonly string[], options: LaunchOptions = {}): Launched {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? tmpdir(),
    // The test runner forces colours; a user's script does not.
    env: { ...process.env, NODE_OPTIONS: "", FORCE_COLOR: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      resolve({ status, signal, stdout, stderr });
    });
  });
  return { child, ended, stderr: () => stderr };
}

/** Starts a process and waits for its end. */
export function launch(args: readonly string[], options: LaunchOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** What every refusal looks like: the exit code, an empty stdout, one line, no stack. */
export function expectRefusal(ended: Ended, line: string | RegExp, status = 2): void {
  expect(ended).toMatchObject({ status, stdout: "" });
  if (typeof line === "string") expect(ended.stderr).toBe(`error: ${line}\n`);
  else expect(ended.stderr).toMatch(line);
  expect(ended.stderr.split("\n")).toHaveLength(2);
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fastgpu-cli-")));
  folders.push(folder);
  return folder;
}
