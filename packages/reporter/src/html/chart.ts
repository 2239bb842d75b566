// Draws charts as SVG text with Apache ECharts on the server side: it needs no browser and no canvas, runs
// synchronously, and passes CSS variables through as colours, so that one SVG serves light and dark pages.

import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import type { EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  SVGRenderer,
]);

/** A chart ready for the page. */
export interface Chart {
  readonly title: string;
  /** What is drawn and how to read it; shown under the chart. */
  readonly caption: string;
  /** Trusted markup: the output of the charting library, which escapes all texts. */
  readonly svg: string;
  /** Takes the full width of the page. */
  readonly isWide: boolean;
}

/** What a chart draws; the frame is the same for all. */
export interface ChartSpec {
  readonly title: string;
  readonly caption: string;
  readonly height: number;
  readonly isWide?: boolean;
  readonly option: EChartsCoreOption;
}

/** Colours of data series, defined in the style sheet for light and dark pages. */
export const seriesColors: readonly string[] = Array.from(
  { length: 8 },
  (_, index) => `var(--series-${index + 1})`,
);

/** Colour of the series with this position; colours repeat after the eighth. */
export function seriesColor(index: number): string {
  return seriesColors[index % seriesColors.length] ?? "currentColor";
}

const narrowWidth = 540;
const wideWidth = 1100;
const ink = "var(--ink)";
const muted = "var(--muted)";
const line = "var(--line)";

/** Draws a chart. `id` must be unique on the page; the same input gives the same text. */
export function drawChart(spec: ChartSpec, id: string): Chart {
  const width = spec.isWide === true ? wideWidth : narrowWidth;
  const instance = init(null, null, {
    renderer: "svg",
    ssr: true,
    width,
    height: spec.height,
  });
  try {
    instance.setOption({
      animation: false,
      color: [...seriesColors],
      textStyle: { color: muted, fontFamily: "inherit", fontSize: 12 },
      ...spec.option,
    });
    const svg = cleanSvg(instance.renderToSVGString(), spec, width, id);
    return { title: spec.title, caption: spec.caption, svg, isWide: spec.isWide === true };
  } finally {
    instance.dispose();
  }
}

/** Room around the plot; axis labels and names are inside it. */
export function grid(top = 12): EChartsCoreOption {
  return {
    // Text is measured without the reader's font, so labels get some room to spare.
    left: 20,
    right: 24,
    top,
    bottom: 8,
    outerBoundsMode: "same",
    outerBoundsContain: "all",
  };
}

/** A legend above the plot. */
export function legend(names: readonly string[]): EChartsCoreOption {
  return {
    data: [...names],
    top: 0,
    left: 0,
    itemWidth: 18,
    itemHeight: 8,
    itemGap: 14,
    icon: "roundRect",
    textStyle: { color: ink, fontSize: 12 },
    // The default border is drawn in a fixed light colour.
    inactiveBorderWidth: 0,
  };
}

/** An axis of numbers. */
export function valueAxis(
  name: string,
  format: (value: number) => string,
  more: EChartsCoreOption = {},
  labels: EChartsCoreOption = {},
): EChartsCoreOption {
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { color: muted },
    axisLabel: { color: muted, formatter: tick(format), hideOverlap: true, ...labels },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    minorTick: { show: false },
    ...more,
  };
}

/** An axis of names; long ones are cut with an ellipsis. */
export function categoryAxis(
  data: readonly string[],
  name: string,
  more: EChartsCoreOption = {},
): EChartsCoreOption {
  return {
    type: "category",
    data: [...data],
    name,
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { color: muted },
    axisLabel: { color: ink, interval: 0, width: 190, overflow: "truncate" },
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    ...more,
  };
}

/** Round limits of an axis that hold both numbers, and the distance of its ticks; the library rounds none that are given. */
export function roundExtent(
  low: number,
  high: number,
): { readonly min: number; readonly max: number; readonly interval: number } {
  // One number alone gets an axis around it.
  if (!(high > low)) {
    const room = Math.abs(low) * 0.1 || 1;
    return roundExtent(low - room, low + room);
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const interval = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return {
    min: Math.floor(low / interval) * interval,
    max: Math.ceil(high / interval) * interval,
    interval,
  };
}

/** Text for a tick of an axis: the same format without zeros that say nothing. */
export function tick(format: (value: number) => string): (value: number) => string {
  return (value) => {
    const text = format(value);
    if (/^0 /.test(text)) return "0";
    return text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");
  };
}

/** The binary unit in which the largest of the sizes is at least 1, for an axis with round ticks. */
export function sizeUnit(bytes: readonly number[]): {
  readonly name: string;
  readonly bytes: number;
} {
  const largest = bytes.reduce((a, b) => Math.max(a, b), 0);
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, largest)) / 10));
  return { name: units[power] ?? "B", bytes: 1024 ** power };
}

// The library writes hover styles for the whole page, data attributes for its own client, and ids from a
// counter of the process. None of them has a use here, and the last would make equal reports differ.
function cleanSvg(svg: string, spec: ChartSpec, width: number, id: string): string {
  const label = `${spec.title}. ${spec.caption}`.replace(/[<>&"]/g, " ");
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>/g, "")
    .replace(/ class="zr[^"]*"/g, "")
    .replace(/ ecmeta_\w+="[^"]*"/g, "")
    .replace(/ pointer-events="[^"]*"/g, "")
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/^<svg [^>]*>/, () => {
      const box = `viewBox="0 0 ${width} ${spec.height}"`;
      return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="${label}">`;
    })
    .replace(/\n/g, "");
}
