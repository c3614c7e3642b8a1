// Groups side by side: differences with their intervals, and the shares of each tag as bars.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer, radar } = globalThis.report.drawing;

// Two more controls of the report have nothing to do here.
globalThis.report.tags = globalThis.report.compare = { refresh: () => {} };

const tints = (color) => [color.accent, color.indigo, color.ochre, color.jade, color.plum, color.muted];
const name = (side) => say(data.sides[side]);
const several = data.sides.length > 2;

// One line per difference: a dot with its interval, in the colour of the group that has more.
function differences(rows, shown) {
  return ({ color, width, narrow, printing }) => {
    if (!rows.length) return null;
    const tint = tints(color);
    const step = several ? (printing ? 48 : 58) : printing ? 38 : 44;
    const space = narrow ? width * 0.46 : Math.min(300, width * 0.36);
    const reach = Math.max(...rows.flatMap(({ difference }) => difference.map(Math.abs))) * 1.1;
    const ends = [-1, 1].map((sign) => (rows.some(({ difference }) => difference.some((end) => end * sign > 0)) ? sign * reach : sign * reach * 0.06));
    const label = (index) => {
      const { tag, value, sides } = rows[index];
      const pair = several ? `\n{pair|${sides.map(name).join(" − ")}}` : "";
      return `{tag|${say(tag)}}\n{value|${say(value)}}${pair}`;
    };
    return {
      height: rows.length * step + 34,
      option: {
        grid: { left: space, right: 16, top: 4, bottom: 30, outerBoundsMode: "none" },
        xAxis: { type: "value", min: ends[0], max: ends[1], splitNumber: narrow ? 3 : 6, splitLine: { showMinLine: false, showMaxLine: false }, axisLabel: { formatter: shown, hideOverlap: true, showMinLabel: false, showMaxLabel: false } },
        yAxis: {
          type: "category", inverse: true, data: rows.map((_, index) => index),
          axisLabel: {
            width: space - 14, overflow: "truncate", lineHeight: 17, formatter: label,
            rich: {
              tag: { color: color.muted, fontSize: 11, lineHeight: 15 },
              value: { fontWeight: 600, lineHeight: 17 },
              pair: { color: color.muted, fontSize: 10.5, lineHeight: 14 },
            },
          },
        },
        tooltip: {
          formatter: ({ dataIndex }) => {
            const { tag, value, sides, figures, shown: size } = rows[dataIndex];
            return tip(`${say(tag)}: ${say(value)}`, ...sides.map((side, index) => [name(side), say(figures[index])]), [t("sides.difference"), say(size)]);
          },
        },
        series: [{
          type: "custom",
          data: rows.map(({ difference: [size, low, high] }, index) => [size, index, low, high]),
          encode: { x: [0, 2, 3], y: 1 },
          renderItem: (_, api) => {
            const { sides, difference } = rows[api.value(1)];
            return whisker(api, tint[sides[difference[0] >= 0 ? 0 : 1]]);
          },
          markLine: { silent: true, symbol: "none", lineStyle: { color: color.muted, type: "solid", width: 1 }, label: { show: false }, data: [{ xAxis: 0 }] },
        }],
      },
    };
  };
}

// A dot with its interval as a line between two short strokes.
function whisker(api, tint) {
  const [[x, y], [low], [high]] = [0, 2, 3].map((column) => api.coord([api.value(column), api.value(1)]));
  const stroke = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: tint, lineWidth: 2, fill: null } });
  return {
    type: "group",
    children: [stroke(low, y, high, y), stroke(low, y - 5, low, y + 5), stroke(high, y - 5, high, y + 5), { type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill: tint } }],
  };
}

charts.sides_shares = differences(data.lines.shares, (value) => format.points(value / 100, 0));
charts.sides_means = differences(data.lines.means, (value) => format.number(value, 1));

// Scores by dimension, a line per group: told apart by colour, stroke and symbol. A row: [label, scores].
const STROKES = ["solid", "solid", [8, 4], [8, 4], [3, 3], [3, 3]];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
charts.sides_scores = ({ color, width, narrow, printing }) => {
  const rows = data.scores;
  const shown = data.sides.map((_, side) => side).filter((side) => rows.every(([, scores]) => scores[side] != null));
  if (rows.length < 3 || !shown.length) return null;
  const tint = tints(color);
  const height = printing ? 270 : narrow ? 320 : 380;
  const line = (side) => ({
    name: name(side), value: rows.map(([, scores]) => scores[side]), symbol: SYMBOLS[side], symbolSize: 7,
    lineStyle: { color: tint[side], width: 2, type: STROKES[side] }, itemStyle: { color: tint[side] },
    areaStyle: { color: tint[side], opacity: several ? 0 : 0.12 },
  });
  const everyone = {
    name: t("sides.everyone"), value: rows.map(() => 50), symbol: "none", tooltip: { show: false },
    lineStyle: { color: color.muted, width: 1, type: "dashed" }, itemStyle: { color: color.muted }, areaStyle: { opacity: 0 },
  };
  return {
    height,
    option: {
      radar: radar(rows.map(([label]) => say(label)), { color, width, height, narrow, center: "51%" }),
      tooltip: {
        formatter: () => tip(t("portrait.score"), ...rows.map(([label, scores]) => [say(label), shown.map((side) => `${name(side)} ${format.number(scores[side])}`).join(" · ")])),
      },
      series: [{ type: "radar", data: [everyone, ...shown.map(line)] }],
    },
  };
};

// The shares of a tag's values, a bar per group.
charts.sides_tag = ({ key, color, width, printing }) => {
  const rows = data.tags[key];
  if (!rows?.length) return null;
  const tint = tints(color);
  const bar = several ? 8 : 10;
  const step = Math.max(30, data.sides.length * (bar + 3) + 12) * (printing ? 0.85 : 1);
  const space = Math.min(150, width * 0.34);
  const most = Math.max(0.01, ...rows.flatMap(([, figures]) => figures.map((figure) => figure ?? 0)));
  return {
    height: rows.length * step + 8,
    option: {
      grid: { left: space, right: 44, top: 2, bottom: 4, outerBoundsMode: "none" },
      xAxis: { type: "value", show: false, min: 0, max: most },
      yAxis: { type: "category", inverse: true, data: rows.map(([label]) => say(label)), axisLabel: { width: space - 10, overflow: "break", lineHeight: 14, fontSize: 11.5, interval: 0 } },
      tooltip: {
        formatter: ({ dataIndex }) => {
          const [label, figures] = rows[dataIndex];
          return tip(say(label), ...figures.map((figure, side) => [name(side), figure == null ? fewer() : format.percent(figure)]));
        },
      },
      series: data.sides.map((_, side) => ({
        type: "bar", name: name(side), barWidth: bar, barGap: "25%", itemStyle: { color: tint[side], borderRadius: [0, 2, 2, 0] },
        data: rows.map(([, figures]) => ({ value: figures[side] ?? 0, withheld: figures[side] == null })),
        label: { show: true, position: "right", fontSize: several ? 9.5 : 11, color: color.ink, formatter: ({ data: { value, withheld } }) => (withheld ? fewer() : format.percent(value, 0)) },
      })),
    },
  };
};
