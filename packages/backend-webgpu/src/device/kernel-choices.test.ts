// Stored sizes of kernels: found again, kept apart by device and version, and never in the way when the file is bad.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceInfo } from "@fastgpu/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { choicesFolder, KernelChoices } from "./kernel-choices.ts";

const info: DeviceInfo = {
  backend: "webgpu",
  id: "0",
  kind: "gpu",
  name: "Test Adapter",
  dtypes: ["f32"],
  driver: "driver 1.2",
  engine: { name: "dawn", version: "1.0.0" },
};
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-choices-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("finds what was kept, from another process too", async () => {
  const choices = await KernelChoices.open(info, join(folder, "new", "folder"));
  expect(choices.get("a")).toBeUndefined();
  const other = await KernelChoices.open(info, join(folder, "new", "folder"));
  await other.keep("b", { rows: 8 }, 5);
  await choices.keep("a", { rows: 16 }, 10);
  const later = await KernelChoices.open(info, join(folder, "new", "folder"));
  expect([later.get("a"), later.get("b")]).toEqual([{ rows: 16 }, { rows: 8 }]);
  expect(later.get("toString")).toBeUndefined();
});

test("keeps devices, drivers and versions apart", async () => {
  const choices = await KernelChoices.open(info, folder);
  await choices.keep("a", { rows: 16 }, 10);
  for (const other of [
    { ...info, name: "Other" },
    { ...info, driver: "driver 1.3" },
    { ...info, engine: { name: "dawn", version: "1.0.1" } },
  ]) {
    expect((await KernelChoices.open(other, folder)).get("a")).toBeUndefined();
  }
});

test("treats a file that it does not understand as empty, and replaces it", async () => {
  await (await KernelChoices.open(info, folder)).keep("a", { rows: 16 }, 10);
  const [name = ""] = await readdir(folder);
  for (const text of [
    "",
    "{",
    "null",
    '{"version":99,"choices":{"a":{"tile":{}}}}',
    '{"version":1,"choices":[]}',
  ]) {
    await writeFile(join(folder, name), text);
    const choices = await KernelChoices.open(info, folder);
    expect(choices.get("a"), text).toBeUndefined();
    await choices.keep("a", { rows: 2 }, 10);
    expect(JSON.parse(await readFile(join(folder, name), "utf8"))).toMatchObject({ version: 1 });
  }
  expect(await readdir(folder)).toHaveLength(1);
});

test("says which folder must be writable", async () => {
  await writeFile(join(folder, "file"), "");
  const choices = await KernelChoices.open(info, join(folder, "file"));
  await expect(choices.keep("a", { rows: 1 }, 1)).rejects.toThrow("FASTGPU_CACHE_DIR");
});

test("stores under the user's cache folder of the platform", () => {
  expect(choicesFolder({ FASTGPU_CACHE_DIR: "/x" }, "linux")).toBe(join("/x", "webgpu-kernels"));
  expect(choicesFolder({ XDG_CACHE_HOME: "/c" }, "linux")).toBe(
    join("/c", "fastgpu", "webgpu-kernels"),
  );
  expect(choicesFolder({}, "darwin")).toContain(join("Library", "Caches"));
  expect(choicesFolder({ LOCALAPPDATA: "/l" }, "win32")).toContain(join("/l", "fastgpu"));
});
