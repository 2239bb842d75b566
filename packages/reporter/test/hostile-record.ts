// A record in which every text that a stranger can choose is an attack on some reader of reports.

import type { RunRecord } from "@fastgpu/results";
import {
  makeConfig,
  makeMeasurements,
  makeRecord,
  makeTiming,
  makeTrial,
} from "./fixture-record.ts";

/** Attacks on HTML, attributes, scripts, Markdown, spreadsheets, terminals and templates. */
export const attacks: readonly string[] = [
  `</script><script>alert(1)</script>`,
  `<!--<script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `{{constructor.constructor "alert(1)"}}`,
  `]]><svg onload=alert(1)>`,
  `=HYPERLINK("http://evil.example","x")`,
  `+1+1`,
  `@SUM(1)`,
  `-2+3`,
  `[link](javascript:alert(1)) ![i](http://evil.example/x.png)`,
  `| a | b |\n| - | - |`,
  `# heading\n\n- list`,
  `http://evil.example @everyone #1`,
  `\u001B]0;owned\u0007\u001B[2J\u001B[31mred`,
  `line one\r\nline two\u2028three\u0085four`,
  `\u202Edrowssap`,
  `https://evil.example/<b>`,
  `url(http://evil.example)`,
  `\uD800 lone`,
];

/** A record with one workload per attack, and the attack in each free text of its trials. */
export function hostileRecord(): RunRecord {
  const trials = attacks.flatMap((attack, index) => {
    const changes = {
      backend: attack,
      device: attack,
      precision: attack,
      options: { [attack]: attack },
    };
    const config = makeConfig(attack, "inference", changes);
    const measurements = makeMeasurements(makeTiming(1e6, 40, 128, index), index);
    return [
      makeTrial(config, {
        state: "ok",
        measurements: {
          ...measurements,
          check: { ...measurements.check, reference: attack },
          placement: [{ where: attack, operators: 1, share: 1 }],
          metrics: { [attack]: 1 },
        },
      }),
      makeTrial({ ...config, batchSize: 1 }, { state: "ok", measurements }),
      makeTrial(
        { ...config, repeat: 1 },
        { state: "crashed", message: attack, signal: attack, stderrTail: attack },
      ),
      makeTrial({ ...config, repeat: 2 }, { state: "unsupported", message: "no", reason: attack }),
    ];
  });
  const record = makeRecord();
  const [attack = ""] = attacks;
  return {
    ...record,
    suite: { ...record.suite, name: attack, path: attacks[2] ?? "" },
    git: { commit: "0123456789abcdef", dirty: true, branch: attack },
    environment: {
      ...record.environment,
      cpu: { model: attack, cores: 2, powerGovernor: attack },
      os: { platform: attack, release: attack, arch: attack },
      node: attack,
      engines: Object.fromEntries(attacks.map((text) => [text, text])),
      gpus: [{ name: attack, driver: attack }],
    },
    plannedTrials: trials.length,
    trials,
  };
}
