import { LineChart, type LineSeriesOption } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import type { LevelResult } from './levelResult.ts';

use([LineChart, GridComponent, LegendComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** Colours on white, and what each becomes on a dark page. */
const page = { paper: '#ffffff', text: '#1f2328', quiet: '#59636e', line: '#d1d9e0' };
const series = { median: '#0969da', p99: '#bc4c00', tpot: '#1a7f37' };
const dark: Record<string, string> = {
  [page.paper]: '#0d1117',
  [page.text]: '#f0f6fc',
  [page.quiet]: '#9198a1',
  [page.line]: '#3d444d',
  [series.median]: '#4493f8',
  [series.p99]: '#f0883e',
  [series.tpot]: '#3fb950',
};

const size = { width: 960, height: 780 };
/** Without quotes: they would end the attribute that the renderer writes it into. */
const font = 'system-ui, sans-serif';

const oneLine = { width: size.width - 48, overflow: 'truncate' };

type Axis = 'concurrency' | 'throughput';

/**
 * A standalone SVG: TTFT (median, p99) above, TPOT (median) below, each against the load on the left and against the
 * tokens that the server wrote a second on the right. Dark where the page is.
 */
export function latencyChart(results: readonly LevelResult[], title: string, subtitle: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(chartOption(results, title, subtitle));
    return withDark(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

function chartOption(results: readonly LevelResult[], title: string, subtitle: string): EChartsCoreOption {
  const columns: { axis: Axis; left: number }[] = [
    { axis: 'concurrency', left: 80 },
    { axis: 'throughput', left: 550 },
  ];
  const rows = [
    { name: 'TTFT (ms)', top: 152, lines: [ttftMedian, ttftP99] },
    { name: 'TPOT (ms)', top: 486, lines: [tpotMedian] },
  ];
  const grids = rows.flatMap((row) => columns.map((column) => ({ ...row, ...column })));
  return {
    animation: false,
    backgroundColor: page.paper,
    textStyle: { fontFamily: font, color: page.text },
    title: {
      text: title,
      subtext: subtitle,
      left: 24,
      top: 16,
      textStyle: { fontSize: 18, color: page.text, fontFamily: font, ...oneLine },
      subtextStyle: { fontSize: 13, color: page.quiet, fontFamily: font, ...oneLine },
    },
    legend: {
      data: [ttftMedian, ttftP99, tpotMedian].map(({ name }) => name),
      left: 24,
      top: 76,
      itemGap: 24,
      textStyle: { color: page.text, fontFamily: font, fontSize: 13 },
    },
    grid: grids.map(({ top, left }) => ({ top, left, width: 370, height: 210 })),
    xAxis: grids.map(({ axis }, gridIndex) => ({ gridIndex, ...xAxis(axis, results) })),
    yAxis: grids.map(({ name }, gridIndex) => ({ gridIndex, name, ...yAxis })),
    series: grids.flatMap(({ axis, lines }, index) =>
      lines.map((line) => lineOf(line, axis, index, results, line === lines.at(-1))),
    ),
  };
}

interface Line {
  name: string;
  color: string;
  symbol: string;
  dashed: boolean;
  value(result: LevelResult): number | undefined;
}

const ttftMedian: Line = {
  name: 'TTFT median',
  color: series.median,
  symbol: 'circle',
  dashed: false,
  value: ({ ttft }) => ttft?.median,
};
const ttftP99: Line = {
  name: 'TTFT p99',
  color: series.p99,
  symbol: 'triangle',
  dashed: true,
  value: ({ ttft }) => ttft?.p99,
};
const tpotMedian: Line = {
  name: 'TPOT median',
  color: series.tpot,
  symbol: 'rect',
  dashed: false,
  value: ({ tpot }) => tpot?.median,
};

function lineOf(
  line: Line,
  axis: Axis,
  index: number,
  results: readonly LevelResult[],
  uppermost: boolean,
): LineSeriesOption {
  return {
    type: 'line',
    name: line.name,
    xAxisIndex: index,
    yAxisIndex: index,
    symbol: line.symbol,
    symbolSize: 8,
    showAllSymbol: true,
    itemStyle: { color: line.color },
    lineStyle: { color: line.color, width: 2, type: line.dashed ? 'dashed' : 'solid' },
    // Against load each point says its value; against throughput, which load it was.
    label: {
      show: axis === 'concurrency' || uppermost,
      // The highest line of a panel has room above it, another below.
      position: uppermost ? 'top' : 'bottom',
      textBorderColor: page.paper,
      textBorderWidth: 3,
      color: axis === 'concurrency' ? line.color : page.quiet,
      fontFamily: font,
      formatter: ({ data }) => (Array.isArray(data) ? String(data[2]) : ''),
    },
    labelLayout: { hideOverlap: true },
    data: results.flatMap((result) => {
      const y = line.value(result);
      if (y === undefined) return [];
      return [[xOf(axis, result), y, axis === 'concurrency' ? y.toPrecision(y < 1000 ? 3 : 4) : loadOf(result)]];
    }),
  };
}

/** Requests at once: as asked, or as it came to be where only their rate was set. */
const loadOf = (result: LevelResult): number => result.maxConcurrency ?? Number(result.concurrency.toFixed(1));

const xOf = (axis: Axis, result: LevelResult): number | string =>
  axis === 'concurrency' ? String(loadOf(result)) : result.throughput.outputTokens;

function xAxis(axis: Axis, results: readonly LevelResult[]) {
  const common = {
    nameLocation: 'middle',
    nameGap: 44,
    nameTextStyle: { color: page.quiet, fontFamily: font, fontSize: 13 },
    // Below the labels of points that lie near 0.
    axisLabel: { color: page.quiet, fontFamily: font, margin: 20 },
    axisLine: { lineStyle: { color: page.line }, onZero: false },
    axisTick: { show: false },
  };
  if (axis === 'throughput') {
    return {
      ...common,
      type: 'value',
      name: 'Tokens written a second (labels: requests at once)',
      min: 0,
      splitLine: { show: false },
    };
  }
  const data = [...new Set(results.map((result) => String(loadOf(result))))];
  return { ...common, type: 'category', name: 'Requests at once', data };
}

const yAxis = {
  type: 'value',
  min: 0,
  nameGap: 22,
  axisLine: { show: false },
  axisTick: { show: false },
  nameTextStyle: { color: page.text, fontFamily: font, fontSize: 13, align: 'left', padding: [0, 0, 0, -44] },
  axisLabel: { color: page.quiet, fontFamily: font },
  splitLine: { lineStyle: { color: page.line } },
};

/** The renderer writes colours as attributes, which a style sheet overrides. */
function withDark(svg: string): string {
  const rules = Object.entries(dark).map(
    ([light, other]) => `[fill="${light}" i]{fill:${other}}[stroke="${light}" i]{stroke:${other}}`,
  );
  return svg.replace(/(<svg[^>]*>)/, `$1<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`);
}
