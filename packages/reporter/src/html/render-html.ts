// The run as one HTML file that needs nothing else: styles, charts, script and the record are inside, and
// its own Content-Security-Policy forbids every request, so that it can be mailed and opened anywhere.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { stringifyRecord } from "@fastgpu/results";
import type { RunRecord } from "@fastgpu/results";
import Handlebars from "handlebars";
import { scriptJson } from "../safe-text.ts";
import { runPage } from "./run-page.ts";
import type { RunPage } from "./run-page.ts";

/** The page and the markup that comes from this package, not from the record. */
interface TemplateInput extends RunPage {
  readonly css: string;
  readonly script: string;
  readonly scriptHash: string;
  readonly recordJson: string;
}

type Template = (input: TemplateInput) => string;

let compiled:
  { readonly template: Template; readonly css: string; readonly script: string } | undefined;

/**
 * A self-contained HTML report. The same record gives the same text. All texts of the record are escaped;
 * the record itself is embedded as JSON in the element with the id `record`.
 *
 * @throws RecordError when a number of the record is not finite
 */
export function renderHtml(record: RunRecord): string {
  compiled ??= load();
  const { template, css, script } = compiled;
  return template({
    ...runPage(record),
    css,
    script,
    scriptHash: createHash("sha256").update(script).digest("base64"),
    recordJson: scriptJson(stringifyRecord(record)),
  });
}

// src/html and dist/html are equally deep, so the same address works from source and from the package.
function load(): NonNullable<typeof compiled> {
  const read = (name: string) =>
    readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");
  const handlebars = Handlebars.create();
  for (const part of ["charts", "trial"]) handlebars.registerPartial(part, read(`${part}.hbs`));
  // Strict: a name that the page does not have is an error and not an empty text.
  const template = handlebars.compile<TemplateInput>(read("report.hbs"), {
    strict: true,
    knownHelpersOnly: true,
    preventIndent: true,
  });
  return { template, css: read("report.css"), script: read("report.js") };
}
