// The engines on libtensorflow: optional packages with a native part, which npm does not install by itself.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import util from "node:util";
import { BackendUnavailableError } from "@fastgpu/core";
import { engineText } from "../session/engine-error.ts";
import type { EngineModule, EngineSettings } from "./load-engine.ts";
import { tfjs, tfjsVersion } from "./tfjs.ts";

/**
 * The engine of an optional package.
 *
 * @param packageName - `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`
 */
export function nodeEngine(packageName: string): EngineModule {
  return {
    backendName: "tensorflow",
    load: async (settings) => {
      const path = resolved(packageName);
      provideUtil();
      setMemory(packageName, settings);
      const threads = setThreads(settings);
      try {
        await import(path);
      } catch (error) {
        throw new BackendUnavailableError(
          `tfjs: ${packageName} must load, got: ${engineText(error)}`,
          { cause: error, fix: `npm rebuild ${packageName} --build-addon-from-source` },
        );
      }
      await tfjs.setBackend("tensorflow");
      const { binding } = tfjs.backend() as unknown as NodeBackend;
      const version = binding.TF_Version;
      if (packageName.endsWith("-gpu") && binding.isUsingGpuDevice === false) {
        throw new BackendUnavailableError(`tfjs: ${packageName} must find a GPU, got the CPU`, {
          fix: "install CUDA 11 and cuDNN 8, and check CUDA_VISIBLE_DEVICES",
        });
      }
      return {
        version: version === undefined ? tfjsVersion : `${tfjsVersion} on TensorFlow ${version}`,
        threads,
        finish: () => Promise.resolve(),
      };
    },
  };
}

interface NodeBackend {
  readonly binding: { readonly TF_Version?: string; readonly isUsingGpuDevice?: boolean };
}

/** @throws {BackendUnavailableError} with the command that installs it */
function resolved(packageName: string): string {
  // From the user's folder first: the package is the user's to install.
  for (const origin of [`${process.cwd()}/noop.js`, import.meta.url]) {
    try {
      return createRequire(origin).resolve(packageName);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new BackendUnavailableError(`tfjs: ${packageName} must be installed, got none`, {
    fix: `npm install ${packageName}@${tfjsVersion}`,
  });
}

/** tfjs-node 4.22 calls functions of node:util that Node 23 has dropped. */
function provideUtil(): void {
  const given = util as unknown as Record<string, unknown>;
  given["isNullOrUndefined"] ??= (value: unknown): boolean => value === null || value === undefined;
  given["isArray"] ??= Array.isArray;
}

/** TensorFlow reads these when its library is loaded. */
function setMemory(packageName: string, { memoryGrowth = true }: EngineSettings): void {
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  if (packageName.endsWith("-gpu") && memoryGrowth) {
    process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  }
}

/** Threads within one kernel, one for each core unless told otherwise; TensorFlow reads it with its library, too. */
function setThreads({ threads }: EngineSettings): number {
  const given = Number(process.env["TF_NUM_INTRAOP_THREADS"]);
  const wanted = threads ?? (Number.isInteger(given) && given > 0 ? given : availableParallelism());
  process.env["TF_NUM_INTRAOP_THREADS"] = String(wanted);
  return wanted;
}
