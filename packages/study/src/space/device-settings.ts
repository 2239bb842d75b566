// Engine settings that devices list, as parameters of a space.
import type { SpaceDeclaration } from "@fastgpu/tuner";
import { inOrder, onlyOn, type Part, type StudyDevice, type Value } from "./part.ts";

/** What devices offer, each where its devices are. The values of a setting are those of all its devices. */
export function settingParts(devices: readonly StudyDevice[]): Map<string, Part> {
  const parts = new Map<string, Part>();
  const names = new Set(devices.flatMap(({ info }) => Object.keys(info.settings ?? {})));
  for (const setting of names) {
    const owners = devices.filter(({ info }) => info.settings?.[setting] !== undefined);
    const values = distinct(owners.flatMap(({ info }) => info.settings?.[setting] ?? []));
    const [fallback] = values;
    if (values.length < 2 || fallback === undefined) continue;
    const when = { ...conditionsOf(setting, owners), ...onlyOn(owners, devices).when };
    parts.set(parameterName(setting), {
      declaration: { ...inOrder(values), ...(Object.keys(when).length === 0 ? {} : { when }) },
      fallback,
    });
  }
  return parts;
}

/** On other settings; only those that every device of the setting has, each with the values of all of them. */
function conditionsOf(
  setting: string,
  owners: readonly StudyDevice[],
): Readonly<Record<string, readonly Value[]>> {
  const conditions = owners.map(({ info }) => info.settingsWhen?.[setting] ?? {});
  const [first = {}] = conditions;
  const shared = Object.keys(first).filter((parent) =>
    conditions.every((condition) => Object.hasOwn(condition, parent)),
  );
  const entries = shared.map((parent) => {
    const values = distinct(conditions.flatMap((condition) => condition[parent] ?? []));
    return [parameterName(parent), values] as const;
  });
  return Object.fromEntries(entries);
}

/** A device is not asked for a value that only another one lists; sizes are everybody's. */
export function settingRules(
  devices: readonly StudyDevice[],
  parameters: SpaceDeclaration["parameters"],
): readonly string[] {
  const text = JSON.stringify;
  return devices.flatMap(({ name, info }) =>
    Object.entries(info.settings ?? {}).flatMap(([setting, own]) => {
      const parameter = parameterName(setting);
      const declaration = parameters[parameter];
      if (declaration?.kind !== "categorical" || !Object.hasOwn(parameters, "device")) return [];
      if (declaration.values.every((value) => own.includes(value))) return [];
      const values = own.map((value) => text(value)).join(", ");
      return [`device != ${text(name)} || oneOf(${parameter}, ${values})`];
    }),
  );
}

/** A setting's name as a parameter's: letters, digits and underscores only. */
export function parameterName(setting: string): string {
  return setting.replace(/\W+/g, "_");
}

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
