// Index arithmetic while compiling: sums of variables times constants, with the ranges that make divisions vanish. An
// index that is the same by construction has the same key, so that fusion can compare indices as text.
import type { Wgsl } from "../kernels/kernel.ts";

/** A variable, or a quotient or remainder that could not be simplified. */
export type Atom =
  | { readonly kind: "variable"; readonly key: string; readonly limit: number }
  | {
      readonly kind: "quotient" | "remainder";
      readonly key: string;
      readonly limit: number;
      readonly of: Affine;
      readonly by: number;
    };

/** constant + sum of factor * atom; all parts are >= 0. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly Term[];
  /** Equal texts, equal indices. */
  readonly key: string;
  /** Largest value. */
  readonly most: number;
}

interface Term {
  readonly atom: Atom;
  readonly factor: number;
}

/** A number. */
export function fixed(value: number): Affine {
  return affine(value, []);
}

/** The WGSL variable of this name, in [0, limit). */
export function variable(name: string, limit: number): Affine {
  if (limit <= 1) return fixed(0);
  return affine(0, [{ atom: { kind: "variable", key: name, limit }, factor: 1 }]);
}

/** a + b */
export function sum(a: Affine, b: Affine): Affine {
  return affine(a.constant + b.constant, [...a.terms, ...b.terms]);
}

/** a * factor */
export function scaled(a: Affine, factor: number): Affine {
  if (factor === 0) return fixed(0);
  return affine(
    a.constant * factor,
    a.terms.map((term) => ({ atom: term.atom, factor: term.factor * factor })),
  );
}

/** floor(a / by) */
export function quotient(a: Affine, by: number): Affine {
  if (by === 1 || a.most < by) return by === 1 ? a : fixed(0);
  const [whole, rest] = split(a, by);
  if (rest.most < by) return whole;
  return sum(whole, restQuotient(rest, by));
}

/** a mod by */
export function remainder(a: Affine, by: number): Affine {
  if (by === 1) return fixed(0);
  const [, rest] = split(a, by);
  if (rest.most < by) return rest;
  const [only] = rest.terms;
  if (only !== undefined && rest.terms.length === 1 && rest.constant === 0) {
    const { atom, factor } = only;
    if (factor > 1 && by % factor === 0) {
      return scaled(remainder(ofAtom(atom), by / factor), factor);
    }
    if (factor === 1 && atom.kind === "remainder" && atom.by % by === 0) {
      return remainder(atom.of, by);
    }
  }
  const key = `(${rest.key}%${by})`;
  return ofAtom({ kind: "remainder", key, limit: by, of: rest, by });
}

/** The expression in WGSL; `place` gives the name of a quotient or remainder. */
export function render(a: Affine, place: (atom: Atom) => Wgsl): Wgsl {
  const parts = a.terms.map(({ atom, factor }) => {
    const name = atom.kind === "variable" ? atom.key : place(atom);
    return factor === 1 ? name : `${name} * ${factor}u`;
  });
  if (a.constant > 0 || parts.length === 0) parts.push(`${a.constant}u`);
  return parts.length === 1 && a.terms[0]?.factor === 1 ? parts.join("") : `(${parts.join(" + ")})`;
}

/** True if b is a by construction. */
export function sameIndex(a: Affine, b: Affine): boolean {
  return a.key === b.key;
}

function ofAtom(atom: Atom): Affine {
  return atom.limit <= 1 ? fixed(0) : affine(0, [{ atom, factor: 1 }]);
}

/** a = by * whole + rest, rest with nothing that `by` divides. */
function split(a: Affine, by: number): [whole: Affine, rest: Affine] {
  const isWhole = (term: Term): boolean => term.factor % by === 0;
  const whole = a.terms.filter(isWhole).map(({ atom, factor }) => ({ atom, factor: factor / by }));
  const rest = a.terms.filter((term) => !isWhole(term));
  return [affine(Math.floor(a.constant / by), whole), affine(a.constant % by, rest)];
}

function restQuotient(rest: Affine, by: number): Affine {
  const [only] = rest.terms;
  if (only !== undefined && rest.terms.length === 1 && rest.constant === 0) {
    const { atom, factor } = only;
    if (factor > 1 && by % factor === 0) return quotient(ofAtom(atom), by / factor);
    if (factor === 1 && atom.kind === "quotient") return quotient(atom.of, atom.by * by);
  }
  const key = `(${rest.key}/${by})`;
  const limit = Math.floor(rest.most / by) + 1;
  return ofAtom({ kind: "quotient", key, limit, of: rest, by });
}

/** Merges equal atoms, joins quotients with their remainders, and orders terms. */
function affine(constant: number, terms: readonly Term[]): Affine {
  const byKey = new Map<string, Term>();
  for (const { atom, factor } of terms) {
    const known = byKey.get(atom.key);
    byKey.set(atom.key, { atom, factor: factor + (known?.factor ?? 0) });
  }
  const joined = joinRemainders(byKey);
  if (joined !== undefined) {
    return affine(constant + joined.constant, [...byKey.values(), ...joined.terms]);
  }
  const sorted = [...byKey.values()].sort((a, b) =>
    a.factor !== b.factor ? b.factor - a.factor : a.atom.key < b.atom.key ? -1 : 1,
  );
  const most = sorted.reduce(
    (most, { atom, factor }) => most + (atom.limit - 1) * factor,
    constant,
  );
  const key = [...sorted.map(({ atom, factor }) => `${factor}*${atom.key}`), constant].join("+");
  return { constant, terms: sorted, key, most };
}

/** by * (a / by) + a % by = a: takes one such pair out of the terms and returns what it stands for. */
function joinRemainders(terms: Map<string, Term>): Affine | undefined {
  for (const [key, { atom, factor }] of terms) {
    if (atom.kind !== "remainder") continue;
    const [partner] = quotient(atom.of, atom.by).terms;
    const other = partner?.factor === 1 ? terms.get(partner.atom.key) : undefined;
    if (other?.factor !== factor * atom.by) continue;
    terms.delete(key);
    terms.delete(other.atom.key);
    return scaled(atom.of, factor);
  }
  return undefined;
}
