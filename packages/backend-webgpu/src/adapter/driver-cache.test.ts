// Where drivers are told to keep machine code, and what the user's own settings change about it.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mesaCacheFolder, placeDriverCache } from "./driver-cache.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-driver-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("puts the drivers' caches beside FastGPU's, with a bound", () => {
  const environment: Record<string, string | undefined> = { FASTGPU_CACHE_DIR: folder };
  placeDriverCache(environment, true);
  const place = join(folder, "webgpu-driver");
  expect(existsSync(place)).toBe(true);
  expect(environment).toEqual({
    FASTGPU_CACHE_DIR: folder,
    MESA_SHADER_CACHE_DIR: place,
    MESA_SHADER_CACHE_MAX_SIZE: "256M",
    __GL_SHADER_DISK_CACHE_PATH: place,
    __GL_SHADER_DISK_CACHE_SIZE: "268435456",
  });
  expect(mesaCacheFolder(environment)).toBe(place);
});

test("leaves a driver alone that the user has told where", () => {
  const environment: Record<string, string | undefined> = {
    FASTGPU_CACHE_DIR: folder,
    MESA_SHADER_CACHE_DIR: "/own",
  };
  placeDriverCache(environment, true);
  expect(environment["MESA_SHADER_CACHE_DIR"]).toBe("/own");
  expect(environment["MESA_SHADER_CACHE_MAX_SIZE"]).toBeUndefined();
  expect(mesaCacheFolder(environment)).toBe("/own");
});

test("changes nothing where variables do not reach the driver or the folder cannot be", async () => {
  const thread: Record<string, string | undefined> = { FASTGPU_CACHE_DIR: folder };
  placeDriverCache(thread, false);
  expect(thread).toEqual({ FASTGPU_CACHE_DIR: folder });
  const file = join(folder, "file");
  await writeFile(file, "");
  const blocked: Record<string, string | undefined> = { FASTGPU_CACHE_DIR: file };
  placeDriverCache(blocked, true);
  expect(blocked).toEqual({ FASTGPU_CACHE_DIR: file });
});

test("knows when Mesa keeps nothing", () => {
  const kept = { HOME: "/home/user" };
  expect(mesaCacheFolder(kept)).toBe("/home/user/.cache");
  expect(mesaCacheFolder({ ...kept, XDG_CACHE_HOME: "/caches" })).toBe("/caches");
  expect(mesaCacheFolder({ ...kept, MESA_SHADER_CACHE_DISABLE: "true" })).toBeUndefined();
  expect(mesaCacheFolder({ ...kept, MESA_SHADER_CACHE_DISABLE: "false" })).toBe(
    "/home/user/.cache",
  );
  expect(mesaCacheFolder({})).toBeUndefined();
});
