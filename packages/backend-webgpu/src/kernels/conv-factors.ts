// The factors of a convolution and its gradients as matrix products (implicit GEMM): nothing is copied, an element's place
// in the tensors is computed where it is loaded. Every index of the product is split into coordinates once, so that
// a load is one addition and the tests for the padding.
import { planes, type ConvProblem } from "./conv-problem.ts";
import type { TensorView, Wgsl } from "./kernel.ts";
import type { Factor } from "./product.ts";

const axesOf = [0, 1, 2] as const;
const isWindowed = (problem: ConvProblem, axis: 0 | 1 | 2): boolean => {
  const { input, output, window, stride, low } = problem.axes[axis];
  return input > 1 || output > 1 || window > 1 || stride > 1 || low > 0;
};

/** Statements that split a flat index over a plane of three axes into `<prefix>_<letter>0, 1, 2`, without idle axes. */
function splitPlane(
  problem: ConvProblem,
  sizes: readonly number[],
  prefix: Wgsl,
  flat: Wgsl,
): Wgsl {
  const [, height, width] = [sizes[0]!, sizes[1]!, sizes[2]!];
  const values = [
    `${flat} / ${height * width}u`,
    sizes[0] === 1 ? `${flat} / ${width}u` : `${flat} / ${width}u % ${height}u`,
    height === 1 && sizes[0] === 1 ? flat : `${flat} % ${width}u`,
  ];
  return axesOf
    .filter((axis) => isWindowed(problem, axis))
    .map((axis) => `let ${prefix}${axis} = i32(${sizes[axis] === 1 ? "0u" : values[axis]!});`)
    .join(" ");
}

/** The offset in the plane of an axis' position 1. */
function strideOf(sizes: readonly number[], axis: 0 | 1 | 2): number {
  return sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
}

/** w [filters, channels of a group, tap] as [filters of a group, channels of a group * taps], the left of the forward product. */
export function filterRows(problem: ConvProblem, view: TensorView, isVector: boolean): Factor {
  const perGroup = problem.channels / problem.groups;
  const filtersPerGroup = problem.filters / problem.groups;
  const depth = perGroup * planes(problem).taps;
  return {
    vector: isVector ? "depth" : "none",
    order: "depth",
    bindOuter: (prefix, matrix, index) =>
      `let ${prefix}_at = (${groupOf(problem, matrix, filtersPerGroup)}${index}) * ${depth}u;`,
    bindDepth: (prefix, index) => `let ${prefix}_at = ${index};`,
    load: (outer, inner) => view.load(`${outer}_at + ${inner}_at`),
    load4: (outer, inner) => view.load4(`(${outer}_at + ${inner}_at) / 4u`),
  };
}

/** w as [channels of a group, filters of a group * taps], the left of the product for the input's gradient. */
export function filterColumns(problem: ConvProblem, view: TensorView): Factor {
  const { taps } = planes(problem);
  const perGroup = problem.channels / problem.groups;
  const filtersPerGroup = problem.filters / problem.groups;
  return {
    vector: "none",
    order: "depth",
    bindOuter: (prefix, matrix, index) =>
      `let ${prefix}_at = ${problem.groups === 1 ? "" : `${matrix} * ${filtersPerGroup * perGroup * taps}u + `}(${index}) * ${taps}u;`,
    bindDepth: (prefix, index) =>
      `let ${prefix}_at = ${index} / ${taps}u * ${perGroup * taps}u + ${index} % ${taps}u;`,
    load: (outer, inner) => view.load(`${outer}_at + ${inner}_at`),
    load4: (outer, inner) => view.load4(`(${outer}_at + ${inner}_at) / 4u`),
  };
}

/** `matrix * size + ` where there are groups. */
function groupOf({ groups }: ConvProblem, matrix: Wgsl, size: number): Wgsl {
  return groups === 1 ? "" : `${matrix} * ${size}u + `;
}

/** dy [batch, filters, position] as [filters of a group, batch * positions], the left of the filter's gradient. */
export function gradientRows(problem: ConvProblem, view: TensorView, isVector: boolean): Factor {
  const { output } = planes(problem);
  const filtersPerGroup = problem.filters / problem.groups;
  return {
    vector: isVector ? "depth" : "none",
    order: "depth",
    bindOuter: (prefix, matrix, index) =>
      `let ${prefix}_at = (${groupOf(problem, matrix, filtersPerGroup)}${index}) * ${output}u;`,
    bindDepth: (prefix, index) =>
      `let ${prefix}_at = ${index} / ${output}u * ${problem.filters * output}u + ${index} % ${output}u;`,
    load: (outer, inner) => view.load(`${outer}_at + ${inner}_at`),
    load4: (outer, inner) => view.load4(`(${outer}_at + ${inner}_at) / 4u`),
  };
}

/** What both views of an input share: places of the output, taps of the window, and the load between them. */
function patches(problem: ConvProblem, view: TensorView) {
  const { channels, groups, axes } = problem;
  const { input, output, taps } = planes(problem);
  const inputs = axes.map((axis) => axis.input);
  const active = axesOf.filter((axis) => isWindowed(problem, axis));
  // Sample and position: the place of tap 0 in channel 0, and its coordinates.
  const bindPlace = (prefix: Wgsl, index: Wgsl, matrix: Wgsl): Wgsl => {
    const at = active.map((axis) => {
      const { stride, low } = axes[axis];
      return `let ${prefix}_p${axis} = ${prefix}_o${axis} * ${stride}i - ${low}i;`;
    });
    const terms = active.map((axis) => `${prefix}_p${axis} * ${strideOf(inputs, axis)}i`);
    const first = groups === 1 ? "" : ` + i32(${matrix} * ${(channels / groups) * input}u)`;
    return `let ${prefix}_position = (${index}) % ${output}u;
  ${splitPlane(
    problem,
    axes.map((axis) => axis.output),
    `${prefix}_o`,
    `${prefix}_position`,
  )}
  ${at.join(" ")}
  let ${prefix}_at = i32((${index}) / ${output}u * ${channels * input}u)${first}${terms.map((term) => ` + ${term}`).join("")};`;
  };
  const bindTap = (prefix: Wgsl, index: Wgsl): Wgsl => {
    const at = active.map(
      (axis) => `let ${prefix}_p${axis} = ${prefix}_k${axis} * ${axes[axis].dilation}i;`,
    );
    const terms = active.map((axis) => `${prefix}_p${axis} * ${strideOf(inputs, axis)}i`);
    return `let ${prefix}_tap = (${index}) % ${taps}u;
  ${splitPlane(
    problem,
    axes.map((axis) => axis.window),
    `${prefix}_k`,
    `${prefix}_tap`,
  )}
  ${at.join(" ")}
  let ${prefix}_at = i32((${index}) / ${taps}u * ${input}u)${terms.map((term) => ` + ${term}`).join("")};`;
  };
  // Negative places become large ones.
  const tests = (a: Wgsl, b: Wgsl): Wgsl =>
    active
      .filter((axis) => reachesOutside(problem, axis))
      .map((axis) => `u32(${a}_p${axis} + ${b}_p${axis}) < ${inputs[axis]}u`)
      .join(" && ");
  const load = (a: Wgsl, b: Wgsl): Wgsl => {
    const value = view.load(`u32(${a}_at + ${b}_at)`);
    return tests(a, b) === "" ? value : `select(0f, ${value}, ${tests(a, b)})`;
  };
  return { bindPlace, bindTap, load };
}

/** Whether a window along an axis may lie partly in the padding. */
function reachesOutside({ axes }: ConvProblem, axis: 0 | 1 | 2): boolean {
  const { input, output, window, stride, dilation, low } = axes[axis];
  return low > 0 || (output - 1) * stride - low + (window - 1) * dilation >= input;
}

/** x [batch, channels, input] as [channels of a group * taps, batch * positions], the right of the forward product. */
export function patchColumns(problem: ConvProblem, view: TensorView): Factor {
  const { bindPlace, bindTap, load } = patches(problem, view);
  return {
    vector: "none",
    order: "outer",
    bindOuter: (prefix, matrix, index) => bindPlace(prefix, index, matrix),
    bindDepth: (prefix, index) => bindTap(prefix, index),
    load: (outer, depth) => load(outer, depth),
    load4: (outer, depth) => load(outer, depth),
  };
}

/** x as [batch * positions, channels of a group * taps], the right of the filter's gradient. */
export function patchRows(problem: ConvProblem, view: TensorView): Factor {
  const { bindPlace, bindTap, load } = patches(problem, view);
  const { groups, channels } = problem;
  const first = (matrix: Wgsl): Wgsl =>
    `${matrix} * ${(channels / groups) * planes(problem).taps}u + `;
  return {
    vector: "none",
    order: "depth",
    bindOuter: (prefix, matrix, index) =>
      bindTap(prefix, groups === 1 ? index : `${first(matrix)}${index}`),
    bindDepth: (prefix, index) => bindPlace(prefix, index, "0u"),
    load: (outer, depth) => load(depth, outer),
    load4: (outer, depth) => load(depth, outer),
  };
}

/** dy [batch, filters, position] as [filters of a group * taps, batch * inputs], the right of the input's gradient. */
export function gradientColumns(problem: ConvProblem, view: TensorView): Factor {
  const { filters, groups, axes } = problem;
  const { input, output, taps } = planes(problem);
  const outputs = axes.map((axis) => axis.output);
  const active = axesOf.filter((axis) => isWindowed(problem, axis));
  // The tap k reads input p for output o where o stride = p + low - k dilation.
  const bindOuter = (prefix: Wgsl, matrix: Wgsl, index: Wgsl): Wgsl => {
    const first = groups === 1 ? "" : ` + ${matrix} * ${(filters / groups) * output}u`;
    return `let ${prefix}_position = (${index}) % ${input}u;
  ${splitPlane(
    problem,
    axes.map((axis) => axis.input),
    `${prefix}_o`,
    `${prefix}_position`,
  )}
  ${active.map((axis) => `let ${prefix}_p${axis} = ${prefix}_o${axis} + ${axes[axis].low}i;`).join(" ")}
  let ${prefix}_at = i32((${index}) / ${input}u * ${filters * output}u${first});`;
  };
  const bindDepth = (prefix: Wgsl, index: Wgsl): Wgsl => `let ${prefix}_tap = (${index}) % ${taps}u;
  ${splitPlane(
    problem,
    axes.map((axis) => axis.window),
    `${prefix}_k`,
    `${prefix}_tap`,
  )}
  ${active.map((axis) => `let ${prefix}_p${axis} = ${prefix}_k${axis} * ${axes[axis].dilation}i;`).join(" ")}
  let ${prefix}_at = i32((${index}) / ${taps}u * ${output}u);`;
  const load = (outer: Wgsl, depth: Wgsl): Wgsl => {
    const reach = (axis: 0 | 1 | 2): Wgsl => `(${outer}_p${axis} - ${depth}_p${axis})`;
    const tests = active.flatMap((axis) => {
      const { stride } = axes[axis];
      const inside = `u32(${reach(axis)}) < ${outputs[axis]! * stride}u`;
      return stride === 1 ? [inside] : [inside, `${reach(axis)} % ${stride}i == 0i`];
    });
    const place = active.map((axis) => {
      const { stride } = axes[axis];
      const at = stride === 1 ? reach(axis) : `${reach(axis)} / ${stride}i`;
      return `${at} * ${strideOf(outputs, axis)}i`;
    });
    const value = view.load(`u32(${[`${outer}_at + ${depth}_at`, ...place].join(" + ")})`);
    return tests.length === 0 ? value : `select(0f, ${value}, ${tests.join(" && ")})`;
  };
  return { vector: "none", order: "outer", bindOuter, bindDepth, load, load4: load };
}
