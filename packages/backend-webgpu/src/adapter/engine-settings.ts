// Settings of the engine that a user or a study may give: their names, what each may be, and what they stand for.
import { UsageError, type DeviceInfo, type OpenOptions } from "@fastgpu/core";
import type { AdapterTraits } from "../kernels/kernel.ts";
import { kernelRange, type KernelWish, type MethodName } from "../lower/kernel-wish.ts";

type Value = string | number | boolean;

/** Settings that are on or off, and the Dawn toggles they stand for. */
const toggles: Readonly<Record<string, string>> = {
  skipValidation: "skip_validation",
  disableRobustness: "disable_robustness",
};

/** Settings that steer the kernels of all products and convolutions. */
const wishes = ["kernelMethod", "kernelRows", "kernelSplit"] as const;

/** In what products of f16 may be multiplied and, over a few depth indices, added: a setting of accuracy, so not one to search. */
const arithmetics = ["f32", "f16"] as const;

/** What every wish may be, too: the stored or the kernel's own choice. */
const auto = "auto";

/** Splits worth trying: with more parts, adding them up takes longer than it gains. */
const splits = [1, 2, 4, 8];

/**
 * Dawn toggles of the engine settings, all of whose names are checked.
 *
 * @throws {UsageError} for a setting that there is not, or one that is neither on nor off
 */
export function togglesOf({ engine = {}, threads }: OpenOptions): readonly string[] {
  if (threads !== undefined) {
    throw new UsageError(
      `webgpu: threads must be left to the driver, got ${threads}; set LP_NUM_THREADS for lavapipe`,
    );
  }
  return Object.entries(engine).flatMap(([name, value]) => {
    const toggle = Object.hasOwn(toggles, name) ? toggles[name] : undefined;
    if (toggle === undefined) {
      const others = [...wishes, "arithmetic"];
      if (others.includes(name)) return [];
      const known = [...Object.keys(toggles), ...others].join(", ");
      throw new UsageError(`webgpu: engine settings are ${known}, got "${name}"`);
    }
    if (typeof value !== "boolean") {
      throw new UsageError(`webgpu: ${name} must be true or false, got ${JSON.stringify(value)}`);
    }
    return value ? [toggle] : [];
  });
}

/**
 * What the engine settings wish of kernels.
 *
 * @throws {UsageError} for a method that the adapter does not have, or a size that is none
 */
export function kernelWishOf({ engine = {} }: OpenOptions, traits: AdapterTraits): KernelWish {
  const [method, rows, split] = wishes.map((name) => engine[name]);
  return {
    ...(isLeft(method) ? {} : { method: methodOf(method, traits) }),
    ...(isLeft(rows) ? {} : { rows: sizeOf("kernelRows", rows) }),
    ...(isLeft(split) ? {} : { split: sizeOf("kernelSplit", split) }),
  };
}

/**
 * The traits with what the engine settings allow of accuracy: `arithmetic` "f16" or, by default, "f32".
 *
 * @throws {UsageError} for another value, and for f16 on an adapter that does not have it
 */
export function allowedTraits({ engine = {} }: OpenOptions, traits: AdapterTraits): AdapterTraits {
  const { arithmetic = "f32" } = engine;
  const known = arithmetics.slice(0, traits.hasF16 ? 2 : 1);
  if (!known.some((name) => name === arithmetic)) {
    throw new UsageError(
      `webgpu: arithmetic must be one of ${known.join(", ")} on this adapter, got ${JSON.stringify(arithmetic)}`,
    );
  }
  return arithmetic === "f16" ? { ...traits, allowsHalfSums: true } : traits;
}

/** Settings that change speed on an adapter, as a device lists them. */
export function settingsOf(
  traits: AdapterTraits,
): Required<Pick<DeviceInfo, "settings" | "settingsWhen">> {
  const { methods, rows, rowsOf, splitOf } = kernelRange(traits);
  return {
    settings: {
      kernelMethod: [auto, ...methods],
      kernelRows: [auto, ...rows],
      kernelSplit: [auto, ...splits],
    },
    settingsWhen: {
      kernelRows: { kernelMethod: [auto, ...rowsOf] },
      kernelSplit: { kernelMethod: [auto, ...splitOf] },
    },
  };
}

function isLeft(value: Value | undefined): value is undefined | typeof auto {
  return value === undefined || value === auto;
}

function methodOf(value: Value, traits: AdapterTraits): MethodName {
  const { methods } = kernelRange(traits);
  const method = methods.find((name) => name === value);
  if (method !== undefined) return method;
  throw new UsageError(
    `webgpu: kernelMethod must be one of ${[auto, ...methods].join(", ")} on this adapter, got ${JSON.stringify(value)}`,
  );
}

function sizeOf(name: string, value: Value): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(
    `webgpu: ${name} must be "auto" or a whole number >= 1, got ${JSON.stringify(value)}`,
  );
}
