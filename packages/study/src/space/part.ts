// What spaces are put together from: devices, and parameters with their value in the default configuration.
import type { DeviceInfo } from "@fastgpu/core";
import type { ParameterDeclaration } from "@fastgpu/tuner";

/** A device under the name that it has in a space. */
export interface StudyDevice {
  /** `backend/id`. */
  readonly name: string;
  /** The backend as it was asked for. */
  readonly backend: string;
  readonly info: DeviceInfo;
}

/** A parameter and its value in the default configuration; absent where the default has none. */
export interface Part {
  readonly declaration: ParameterDeclaration;
  readonly fallback?: Value;
}

/** A value of a list. */
export type Value = string | number | boolean;

/** Numbers in their order, what is left to the engine before them; other values have no order. */
export function inOrder(values: readonly Value[]): {
  kind: "ordinal" | "categorical";
  values: Value[];
} {
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const others = values.filter((value) => typeof value !== "number");
  const isOrdered = numbers.length > 0 && others.every((value) => value === "auto");
  return isOrdered
    ? { kind: "ordinal", values: [...others, ...numbers] }
    : { kind: "categorical", values: [...values] };
}

/** The condition of a parameter that only some devices have. */
export function onlyOn(
  owners: readonly StudyDevice[],
  devices: readonly StudyDevice[],
): Pick<ParameterDeclaration, "when"> {
  return owners.length === devices.length
    ? {}
    : { when: { device: owners.map(({ name }) => name) } };
}
