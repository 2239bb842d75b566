// Refuses options that nobody asked for: a misspelt name must be an error and not a silent default.
import { UsageError } from "@fastgpu/core";

/** The names of T, each marked, so that a member that is missing or too many does not compile. */
export type NamesOf<T> = { readonly [K in keyof Required<T>]: true };

/**
 * @param where - the call, for messages: `fit`
 * @throws {UsageError} if `options` is no object or has a member that is not in `names`
 */
export function checkOptionNames<T>(where: string, options: unknown, names: NamesOf<T>): void {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`${where}: options must be an object, got ${String(options)}`);
  }
  const wrong = Object.keys(options).filter((name) => !Object.hasOwn(names, name));
  if (wrong.length === 0) return;
  throw new UsageError(
    `${where}: options must be of ${Object.keys(names).join(", ")}, got "${wrong.join('", "')}"`,
  );
}
