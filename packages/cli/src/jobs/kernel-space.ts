// The choices of a kernel as a search space: their sizes are its parameters, so that a search learns from one choice about
// those like it.
import { Space, type Configuration, type ParameterDeclaration } from "@fastgpu/tuner";

type Choice = Readonly<Record<string, number>>;

/** Name of the parameter that says which sizes a choice has, where choices differ in that. */
const form = "form";

/** A kernel's choices as the only configurations of a space. */
export interface KernelSpace {
  readonly space: Space;
  readonly configurationOf: (choice: Choice) => Configuration;
  /** A formula of the distance to the first choice, the engine's own, which is rarely far from the best. */
  readonly guess: string;
  readonly choiceOf: (configuration: Configuration) => Choice;
}

/** The space of at least one choice. Sizes that all choices share are left out of it. */
export function kernelSpace(choices: readonly Choice[]): KernelSpace {
  const names = [...new Set(choices.flatMap((choice) => Object.keys(choice)))];
  const valuesOf = (name: string): readonly number[] =>
    [...new Set(choices.flatMap((choice) => choice[name] ?? []))].sort((a, b) => a - b);
  const formOf = (choice: Choice): string =>
    names.filter((name) => choice[name] !== undefined).join(" ");
  const forms = [...new Set(choices.map(formOf))];
  const hasForms = forms.length > 1;
  const sizes = names.flatMap((name): readonly (readonly [string, ParameterDeclaration])[] => {
    const values = valuesOf(name);
    const having = forms.filter((one) => one.split(" ").includes(name));
    const when = having.length < forms.length ? { when: { [form]: having } } : {};
    const isTold = values.length > 1 || having.length < forms.length || choices.length === 1;
    const declaration: ParameterDeclaration = { kind: "ordinal", values, ...when };
    return isTold ? [[name, declaration]] : [];
  });
  const searched = new Set(sizes.map(([name]) => name));
  const configurationOf = (choice: Choice): Configuration => {
    const entries = Object.entries(choice).filter(([name]) => searched.has(name));
    return { ...(hasForms ? { [form]: formOf(choice) } : {}), ...Object.fromEntries(entries) };
  };
  const only = choices.map(configurationOf);
  const kind = "categorical" as const;
  const space = new Space({
    parameters: {
      ...(hasForms ? { [form]: { kind, values: forms } } : {}),
      ...Object.fromEntries(sizes),
    },
    only,
  });
  const keyOf = (configuration: Configuration): string => space.keyOf(space.pointOf(configuration));
  const byKey = new Map(choices.map((choice, i) => [keyOf(only[i] ?? {}), choice]));
  return {
    space,
    configurationOf,
    guess: distanceTo(only[0] ?? {}),
    choiceOf: (configuration) => {
      const choice = byKey.get(keyOf(configuration));
      if (choice === undefined) throw new TypeError("a proposal must be one of the choices");
      return choice;
    },
  };
}

/** Sum of the doublings between sizes; choices of another form are further than most of the same. */
function distanceTo({ [form]: own, ...sizes }: Configuration): string {
  const doublings = Object.entries(sizes).map(
    ([name, value]) => `abs(log2((${name} + 1) / ${Number(value) + 1}))`,
  );
  const sum = doublings.length === 0 ? "0" : doublings.join(" + ");
  return own === undefined ? sum : `${form} == ${JSON.stringify(own)} ? ${sum} : 10`;
}
