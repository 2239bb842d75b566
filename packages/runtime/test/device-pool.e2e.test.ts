// Devices in processes of their own: requests, jobs, and every way in which such a process can end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { GraphBuilder, tensor, tensorFrom, type Graph } from "@fastgpu/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  BackendCrashedError,
  BackendTimeoutError,
  CancelledError,
  DevicePool,
  EngineError,
  OutOfMemoryError,
  type DeviceRequest,
  type RemoteDevice,
} from "../src/index.ts";

const fixture = new URL("fixtures/reference-backend.mjs", import.meta.url);
const backend = fileURLToPath(fixture);
const x = tensorFrom("f32", [2], [1, 2]);

let pool: DevicePool;
beforeEach(() => {
  pool = new DevicePool();
});
afterEach(() => pool.close());

function open(extra: Partial<DeviceRequest> = {}): Promise<RemoteDevice> {
  return pool.openDevice({ backend, device: "default", ...extra });
}

function accumulate(name: string): Graph {
  const builder = new GraphBuilder(name);
  const input = builder.input("x", "f32", [2]);
  const sum = builder.op("add", [builder.state("sum", "f32", [2]), input], {});
  builder.setNext("sum", sum);
  builder.output("y", sum);
  return builder.build();
}

async function runNamed(name: string, extra: Partial<DeviceRequest> = {}): Promise<unknown> {
  const device = await open(extra);
  const state = await device.createState({ sum: tensorFrom("f32", [2], [0, 0]) });
  const executable = await device.compile(accumulate(name), state);
  return executable.run({ x });
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
}

test("state stays in the process, is shared by programs, and is read and written by name", async () => {
  const device = await open();
  expect(device.info.id).toBe("cpu");
  const state = await device.createState({ sum: tensorFrom("f32", [2], [10, 20]) });
  const first = await device.compile(accumulate("first"), state);
  const second = await device.compile(accumulate("second"), state);
  await first.run({ x }, []);
  expect(await second.run({ x })).toEqual({ y: tensorFrom("f32", [2], [12, 24]) });
  await state.write({ sum: tensorFrom("f32", [2], [0, 0]) });
  expect(await first.run({ x }, ["y"])).toEqual({ y: x });
  expect(await state.read(["sum"])).toEqual({ sum: x });
  expect(await device.supportsGraph(accumulate("odd"))).toEqual({
    reason: "odd graphs are refused",
  });
  await first.dispose();
  await expect(first.run({ x })).rejects.toThrow("must be a live executable");
});

test("a large tensor crosses both ways unchanged", async () => {
  const device = await open();
  const values = Float32Array.from({ length: 3_000_001 }, (_, i) => i);
  const state = await device.createState({ big: tensor("f32", [3_000_001], values) });
  const back = (await state.read(["big"]))["big"]?.data as Float32Array;
  // Tensors that cross are views into a message, so the comparison is of the view, not of its buffer.
  expect(back.length).toBe(values.length);
  const bytes = Buffer.from(back.buffer, back.byteOffset, back.byteLength);
  expect(Buffer.compare(bytes, Buffer.from(values.buffer))).toBe(0);
});

test("jobs run next to the device, report events, keep resources and can be cancelled", async () => {
  const device = await open();
  const events: unknown[] = [];
  const count = { module: fixture.href, name: "count" };
  const onEvent = (event: unknown): void => void events.push(event);
  expect(await device.runJob(count, 3, { onEvent })).toEqual({ counted: 3, aborted: false });
  expect(events).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  const controller = new AbortController();
  const endless = device.runJob<{ aborted: boolean }>(count, Infinity, {
    signal: controller.signal,
    onEvent: () => {
      controller.abort();
    },
  });
  expect((await endless).aborted).toBe(true);
  const remember = { module: fixture.href, name: "remember" };
  await device.runJob(remember, "a");
  expect(await device.runJob(remember, "b")).toMatchObject({ before: "a", device: "cpu" });
});

test("the process carries its title, and nothing is left running after close", async () => {
  const device = await open();
  if (process.platform === "linux") {
    const title = readFileSync(`/proc/${device.pid}/cmdline`, "utf8");
    expect(title).toMatch(/^fastgpu-backend /);
    expect(isRunning(device.pid)).toBe(true);
  }
  await pool.close();
  expect(isRunning(device.pid)).toBe(false);
  await expect(device.refreshCounters()).rejects.toThrow(CancelledError);
});

test("an engine's error is one line and does not end the process", async () => {
  const failed = runNamed("refuse");
  await expect(failed).rejects.toThrow(EngineError);
  await expect(failed).rejects.toThrow(/^engine: cannot do that$/);
});

test("a native abort is a crash with its signal; other devices live on", async () => {
  const bystander = await open();
  const error = await runNamed("abort").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(BackendCrashedError);
  expect((error as BackendCrashedError).end.signal).toBe("SIGABRT");
  expect((await bystander.refreshCounters()).dispatches).toBe(0);
});

test("kill -9 rejects open requests and later ones", async () => {
  const device = await open();
  const job = device.runJob({ module: fixture.href, name: "count" }, Infinity, {
    onEvent: ({ i }: { i?: number } = {}) => {
      if (i === 1) process.kill(device.pid, "SIGKILL");
    },
  } as Parameters<RemoteDevice["runJob"]>[2]);
  await expect(job).rejects.toThrow(BackendCrashedError);
  await expect(job).rejects.toThrow("signal SIGKILL");
  await expect(device.refreshCounters()).rejects.toThrow(BackendCrashedError);
});

test("a hung process is a timeout, by silence and by the request's own limit", async () => {
  await expect(runNamed("hang", { limits: { stallTimeoutMs: 300 } })).rejects.toThrow(
    BackendTimeoutError,
  );
  const device = await open();
  const job = { module: fixture.href, name: "count" };
  await expect(device.runJob(job, Infinity, { timeoutMs: 200 })).rejects.toThrow(
    "a request took longer than its limit",
  );
});

test("an exhausted heap and a process over its memory limit are out-of-memory outcomes", async () => {
  await expect(runNamed("exhaust", { process: { maxHeapMiB: 64 } })).rejects.toThrow(
    OutOfMemoryError,
  );
  if (process.platform === "linux") {
    const limit = { process: { memoryLimitBytes: 400e6 } };
    await expect(runNamed("grow", limit)).rejects.toThrow("went over 400000000 bytes");
  }
}, 20_000);

test("an absent backend and an absent device are refused with a fix", async () => {
  const absent = pool.openDevice({ backend: "nosuch", device: "default" });
  await expect(absent).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    fix: "npm install @fastgpu/backend-nosuch",
  });
  await expect(open({ device: "gpu:7" })).rejects.toThrow(
    'device must be one of its devices (cpu), got "gpu:7"',
  );
});

test("a device that the backend can find is opened, and listed, without listing all", async () => {
  const finding = fileURLToPath(new URL("fixtures/finding-backend.mjs", import.meta.url));
  expect((await open({ backend: finding })).info.id).toBe("cpu");
  expect((await pool.devicesFor(finding, ["default"])).map(({ id }) => id)).toEqual(["cpu"]);
  // This one cannot find, so it lists.
  expect((await pool.devicesFor(backend, ["default"])).map(({ id }) => id)).toEqual(["cpu"]);
});

test("an aborted signal ends the process", async () => {
  const controller = new AbortController();
  const device = await open({ signal: controller.signal });
  controller.abort();
  await expect(device.refreshCounters()).rejects.toThrow(CancelledError);
});

test("devices are listed from a process of their own", async () => {
  expect((await pool.devices(backend)).map(({ id }) => id)).toEqual(["cpu"]);
  expect(await pool.diagnose(backend)).toEqual([]);
});

test("a program ends by itself while a device is open and idle, and its process with it", async () => {
  const index = new URL("../dist/index.js", import.meta.url).href;
  const program = `
    const { DevicePool } = await import(${JSON.stringify(index)});
    const device = await new DevicePool().openDevice(${JSON.stringify({ backend, device: "default" })});
    console.log(device.pid);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  let printed = "";
  child.stdout.on("data", (chunk: Uint8Array) => (printed += Buffer.from(chunk).toString()));
  const [exitCode] = (await once(child, "close")) as [number];
  expect(exitCode).toBe(0);
  await vi.waitFor(() => {
    expect(isRunning(Number(printed))).toBe(false);
  }, 5000);
});
