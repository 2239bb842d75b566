// A study as one HTML file that needs nothing else, as the report of a run.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StudyReport, StudyTrialReport } from "@fastgpu/results";
import Handlebars from "handlebars";
import { formatDuration, formatInstant } from "../format.ts";
import type { Chart } from "../html/chart.ts";
import { plainText, scriptJson } from "../safe-text.ts";
import { verdictText } from "./render-study.ts";
import { studyCharts } from "./study-charts.ts";
import { describeChange, describeConfiguration, formatGain, formatValue } from "./study-text.ts";

interface Fact {
  readonly name: string;
  readonly value: string;
}

interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly verdict: readonly string[];
  readonly isGood: boolean;
  readonly tiles: readonly Fact[];
  readonly gains: readonly { readonly label: string; readonly cells: readonly string[] }[];
  readonly charts: readonly Chart[];
  readonly metrics: readonly string[];
  readonly trials: readonly {
    readonly number: number;
    readonly label: string;
    readonly state: string;
    readonly isOk: boolean;
    readonly cells: readonly string[];
    readonly reason: string;
  }[];
  readonly reasons: readonly { readonly reason: string; readonly trials: number }[];
  readonly environment: readonly Fact[];
}

let compiled:
  | {
      readonly template: (input: Page & Readonly<Record<string, unknown>>) => string;
      readonly css: string;
      readonly script: string;
    }
  | undefined;

/** A self-contained HTML report. The same study gives the same text; all texts of the study are escaped. */
export function renderStudyHtml(report: StudyReport): string {
  compiled ??= load();
  const { template, css, script } = compiled;
  return template({
    ...pageOf(cleaned(report)),
    css,
    script,
    scriptHash: createHash("sha256").update(script).digest("base64"),
    recordJson: scriptJson(JSON.stringify(report)),
  });
}

/** The same without characters that a page may not have; what is embedded as JSON keeps them. */
function cleaned<T>(value: T): T {
  if (typeof value === "string") return plainText(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)])) as T;
}

function load(): NonNullable<typeof compiled> {
  const read = (name: string) =>
    readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");
  const handlebars = Handlebars.create();
  handlebars.registerPartial("charts", read("charts.hbs"));
  const options = { strict: true, knownHelpersOnly: true, preventIndent: true };
  const template = handlebars.compile<Page & Readonly<Record<string, unknown>>>(
    read("study.hbs"),
    options,
  );
  return { template, css: read("report.css"), script: read("report.js") };
}

function pageOf(report: StudyReport): Page {
  const { suite, workload, startedAt, strategy, seed, objectives, bounds, proof } = report;
  const goal = objectives.map(({ metric, direction }) => `${direction} ${metric}`).join(", ");
  const limits = bounds.map(({ metric, atMost, atLeast, unit }) =>
    atMost === undefined
      ? `${metric} ≥ ${formatValue(atLeast ?? NaN, unit)}`
      : `${metric} ≤ ${formatValue(atMost, unit)}`,
  );
  const metrics = metricsOf(report);
  return {
    title: `${suite.name}: ${workload.name} ${workload.kind}`,
    subtitle: `${[goal, ...limits].join(", ")}; ${strategy}, seed ${seed}, ${formatInstant(startedAt)}`,
    verdict: verdictText(report, { color: false }).split("\n"),
    isGood: proof?.winner !== undefined,
    tiles: tilesOf(report),
    gains: (proof?.contenders ?? []).map(({ trial, configuration, rounds, gains, refusal }) => ({
      label: describeChange(configuration, report.baseline),
      cells: [
        `${trial + 1}`,
        `${rounds}`,
        ...gains.map(({ estimate }) => formatGain(estimate)),
        ...gains.map(({ low, high }) =>
          low === undefined || high === undefined
            ? ""
            : `${formatGain(low)} to ${formatGain(high)}`,
        ),
        refusal ?? (trial === proof?.winner ? "winner" : ""),
      ],
    })),
    charts: studyCharts(report),
    metrics: metrics.map(({ metric }) => metric),
    trials: report.trials.map((trial) => trialRow(trial, report)),
    reasons: report.reasons,
    environment: environmentOf(report),
  };
}

function metricsOf({
  objectives,
  bounds,
}: StudyReport): readonly { metric: string; unit: string }[] {
  const all = [...objectives, ...bounds];
  return all.filter(({ metric }, at) => all.findIndex((one) => one.metric === metric) === at);
}

function tilesOf(report: StudyReport): readonly Fact[] {
  const { trials, configurations, cost, end } = report;
  const failed = trials.filter(({ outcome }) => outcome !== "ok").length;
  return [
    {
      name: "trials",
      value:
        configurations === undefined ? `${trials.length}` : `${trials.length} of ${configurations}`,
    },
    { name: "processes", value: `${cost.processes}` },
    { name: "failed", value: `${failed}` },
    { name: "ended early", value: `${cost.racedProcesses}` },
    { name: "time", value: formatDuration((cost.searchMs + cost.proofMs) * 1e6) },
    { name: "ended by", value: end },
  ];
}

function trialRow(trial: StudyTrialReport, report: StudyReport): Page["trials"][number] {
  const { number, origin, configuration, outcome, reason = "", processes, durationMs } = trial;
  const name = origin === "baseline" ? "default: " : "";
  return {
    number: number + 1,
    label: `${name}${describeConfiguration(configuration)}`,
    state: outcome,
    isOk: outcome === "ok" && reason === "",
    cells: [
      ...metricsOf(report).map(({ metric, unit }) => {
        const estimate = trial.values?.[metric];
        return estimate === undefined ? "" : formatValue(estimate.value, unit);
      }),
      `${processes}`,
      formatDuration(durationMs * 1e6),
    ],
    reason: trial.isRaced ? `${reason}${reason === "" ? "" : "; "}ended early: behind` : reason,
  };
}

function environmentOf({ environment, studyId, suite, prior }: StudyReport): readonly Fact[] {
  const { os, cpu, node, fastgpu, engines, gpus } = environment;
  return [
    { name: "study", value: studyId },
    ...(prior?.study === undefined
      ? []
      : [{ name: "started from", value: `${prior.trials ?? 0} trials of ${prior.study}` }]),
    ...(prior?.guess === undefined ? [] : [{ name: "expected shape", value: prior.guess }]),
    { name: "suite hash", value: suite.hash },
    { name: "machine", value: `${cpu.model}, ${cpu.cores} cores, ${os.platform} ${os.arch}` },
    ...gpus.map(({ name }) => ({ name: "GPU", value: name })),
    {
      name: "engines",
      value: Object.entries(engines)
        .map((one) => one.join(" "))
        .join(", "),
    },
    { name: "versions", value: `FastGPU ${fastgpu}, Node ${node}` },
    { name: "fingerprint", value: environment.fingerprint },
  ];
}
