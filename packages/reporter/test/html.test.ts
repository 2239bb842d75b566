// The HTML report: complete, traceable, self-contained, and safe whatever the record says.

import { createHash } from "node:crypto";
import { parse, defaultTreeAdapter } from "parse5";
import type { DefaultTreeAdapterMap } from "parse5";
import { expect, test } from "vitest";
import type { RunRecord } from "@fastgpu/results";
import { renderHtml } from "../src/html/render-html.ts";
import {
  makeConfig,
  makeMeasurements,
  makeRecord,
  makeTiming,
  makeTrial,
} from "./fixture-record.ts";
import { attacks, hostileRecord } from "./hostile-record.ts";

type Element = DefaultTreeAdapterMap["element"];

/** All elements of a page in document order, as a browser builds them. */
function elements(html: string): readonly Element[] {
  const found: Element[] = [];
  const visit = (node: DefaultTreeAdapterMap["node"]): void => {
    if (defaultTreeAdapter.isElementNode(node)) found.push(node);
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(parse(html));
  return found;
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((each) => each.name === name)?.value;
}

function text(node: DefaultTreeAdapterMap["node"]): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return "childNodes" in node ? node.childNodes.map(text).join("") : "";
}

function embedded(html: string): unknown {
  const script = elements(html).find((element) => attribute(element, "id") === "record");
  return JSON.parse(text(script!));
}

const ordinary = renderHtml(makeRecord());
const hostile = renderHtml(hostileRecord());
const pages: readonly (readonly [string, string, RunRecord])[] = [
  ["an ordinary record", ordinary, makeRecord()],
  ["a hostile record", hostile, hostileRecord()],
];

test.each(pages)(
  "%s: nothing is requested and nothing runs but the page's own script",
  (_, html) => {
    const all = elements(html);
    const allowed = new Set(
      (
        "html head meta title style body header p h1 h2 h3 small dl div dt dd nav a main ul li section " +
        "table thead tbody tr th td span figure figcaption svg rect circle path text g defs clipPath details " +
        "summary strong code pre button script"
      ).split(" "),
    );
    expect(
      [...new Set(all.map(({ tagName }) => tagName))].filter((tag) => !allowed.has(tag)),
    ).toEqual([]);
    const scripts = all.filter(({ tagName }) => tagName === "script");
    expect(scripts.map((script) => attribute(script, "type"))).toEqual([
      "application/json",
      undefined,
    ]);
    const attributes = all.flatMap(({ attrs }) => attrs);
    expect(attributes.length).toBeGreaterThan(5000);
    const loading = /^on|^src|^srcset|^action|^formaction|^ping|^poster|^data$/;
    expect(attributes.filter(({ name }) => loading.test(name))).toEqual([]);
    const links = attributes.filter(({ name }) => name === "href");
    expect(links.filter(({ value }) => !/^#[\w-]+$/.test(value))).toEqual([]);
    // Clip paths are the only use of url() there is, and they stay on the page.
    const urls = attributes.filter(
      ({ name, value }) => name !== "aria-label" && /url\(/i.test(value),
    );
    expect(urls.filter(({ value }) => !/^url\(#[\w-]+\)$/.test(value))).toEqual([]);
    const styles = all.filter(({ tagName }) => tagName === "style");
    expect(styles.map(text).join("")).not.toMatch(/url\(|@import/);
  },
);

test("the policy forbids requests and allows exactly the page's own script", () => {
  const all = elements(ordinary);
  const policy = all.flatMap((element) =>
    attribute(element, "http-equiv") === "Content-Security-Policy"
      ? [attribute(element, "content") ?? ""]
      : [],
  );
  const script = text(all.findLast(({ tagName }) => tagName === "script")!);
  const hash = createHash("sha256").update(script).digest("base64");
  expect(policy).toHaveLength(1);
  expect(policy[0]).toContain("default-src 'none'");
  expect(policy[0]).toContain(`script-src 'sha256-${hash}'`);
});

test.each(pages)("%s: the record is embedded whole", (_, html, record) => {
  // Lone surrogates survive: JSON escapes them.
  expect(embedded(html)).toEqual(JSON.parse(JSON.stringify(record)));
});

test("every stated number is where the page says it is in the record", () => {
  const record = makeRecord();
  const html = ordinary;
  const rows = elements(html).flatMap((row) => {
    if (row.tagName !== "tr") return [];
    const cells = row.childNodes.filter((node) => defaultTreeAdapter.isElementNode(node)).map(text);
    return cells[3]?.startsWith("/trials/") === true ? [cells] : [];
  });
  expect(rows.length).toBeGreaterThan(400);
  for (const [name, , exact, pointer] of rows) {
    const target = pointer!
      .split("/")
      .slice(1)
      .reduce<unknown>((place, key) => (place as Record<string, unknown>)[key], record);
    const value = Array.isArray(target) ? target.length : target;
    expect(String(value), name).toBe(exact!.split(" ")[0]);
  }
});

test("every trial has its details, and every link leads somewhere", () => {
  const record = makeRecord();
  const all = elements(ordinary);
  const ids = all.flatMap((element) => attribute(element, "id") ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  for (const index of record.trials.keys()) expect(ids).toContain(`trial-${index}`);
  const links = all.flatMap((element) => attribute(element, "href") ?? []);
  expect(links.length).toBeGreaterThan(record.trials.length);
  for (const link of links) expect(ids).toContain(link.slice(1));
});

test("a trial without a result says why", () => {
  const all = elements(ordinary);
  const reasons = all.filter((element) => attribute(element, "class") === "reason").map(text);
  expect(reasons).toContain("backend process ended while sampling (SIGKILL)");
  expect(reasons.join()).toContain("conv2d has no f16 kernel in CPUExecutionProvider");
  expect(reasons.join()).toContain("largest error 0.3100, allowed 1.00e-5 + 1.00e-4 x |reference|");
});

test("texts of the record are shown as they are", () => {
  const headings = elements(hostile)
    .filter(({ tagName }) => tagName === "h2")
    .map(text);
  // Those without control characters, which are replaced.
  for (const attack of attacks.slice(0, 6)) expect(headings).toContain(`${attack} inference`);
});

test("every chart has a name and its bars and curves", () => {
  const all = elements(ordinary);
  const charts = all.filter(({ tagName }) => tagName === "svg");
  const names = charts.map((chart) => attribute(chart, "aria-label") ?? "");
  const expected = [
    "Throughput by batch size",
    "Latency per batch",
    "Peak memory",
    "Loss by epoch",
    "Accuracy by epoch",
    "Iterations in order",
    "Distribution",
  ];
  for (const title of expected) {
    expect(names.filter((name) => name.startsWith(`${title}.`)).length, title).toBeGreaterThan(0);
  }
  const loss = charts[names.findIndex((name) => name.startsWith("Loss by epoch"))]!;
  const curves = elementsOf(loss).filter(
    (element) =>
      attribute(element, "stroke")?.startsWith("var(--series-") === true &&
      element.tagName === "path",
  );
  // Five seeds, training and validation each.
  expect(curves.length).toBe(10);
});

test("the same record gives the same page", () => {
  expect(renderHtml(makeRecord())).toBe(ordinary);
});

test("an empty, a partial and a huge run are pages too", () => {
  const empty = renderHtml(makeRecord({ trials: [], plannedTrials: 3, status: "partial" }));
  expect(empty).toContain("This run was cut short: 0 of 3 trials are in it.");
  const timing = makeTiming(1e6, 30, 1, 1);
  const measurements = makeMeasurements(timing, 1);
  const trials = Array.from({ length: 300 }, (_, repeat) =>
    makeTrial(makeConfig("many", "inference", { repeat }), { state: "ok", measurements }),
  );
  const huge = renderHtml(makeRecord({ trials, plannedTrials: 300 }));
  expect(huge).toContain("their own charts are left out");
  expect(elements(huge).filter(({ tagName }) => tagName === "details").length).toBeGreaterThan(300);
});

test("extreme samples are drawn: one sample, equal samples, zeros, a long tail", () => {
  const cases = [[5], [7, 7, 7], [0, 0, 1], [1, 10, 1e12], [Number.MAX_SAFE_INTEGER, 1]];
  const trials = cases.map((latencyNs, repeat) => {
    const base = makeTiming(1e6, 30, 1, 1);
    const p = latencyNs.toSorted((a, b) => a - b);
    const latency = {
      ...base.latency,
      count: p.length,
      minNs: p[0]!,
      maxNs: p.at(-1)!,
      p50Ns: p[0]!,
    };
    const timing = { ...base, latencyNs, latency };
    const measurements = { ...makeMeasurements(base, 1), timing };
    return makeTrial(makeConfig("edge", "inference", { batchSize: repeat + 1 }), {
      state: "ok",
      measurements,
    });
  });
  const html = renderHtml(makeRecord({ trials, plannedTrials: trials.length }));
  expect(html).not.toMatch(/NaN|Infinity|undefined/);
});

function elementsOf(root: Element): readonly Element[] {
  return root.childNodes
    .filter((node) => defaultTreeAdapter.isElementNode(node))
    .flatMap((child) => [child, ...elementsOf(child)]);
}
