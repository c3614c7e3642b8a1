// What a persona is like against everyone else.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer } = globalThis.report.drawing;

// A persona's row: [value, share, base share, TGI, difference, low, high, significant, hidden].
const SHARE = 1, BASE = 2, TGI = 3, DIFFERENCE = 4, LOW = 5, HIGH = 6, SIGNIFICANT = 7, HIDDEN = 8;
const MAX_VALUES = 8;

const find = (name) => data.personas.find((persona) => persona.name === name);
const rowOf = (persona, tag, value) => persona.tags[tag].rows.find((row) => row[0] === value);
const valueName = (tag, value) => say(data.tags[tag].values[value]);

// TGI is a ratio: twice and half as common lie equally far from 100 on a scale of doublings.
const LIMIT = 4;
const doublings = (tgi) => Math.max(-LIMIT, Math.min(LIMIT, Math.log2(Math.max(tgi, 1e-9) / 100)));

charts.telling = ({ key, color, width, narrow, printing }) => {
  const persona = find(key);
  const rows = persona.telling.map(([tag, value]) => ({ tag, value, row: rowOf(persona, tag, value) }));
  if (!rows.length) return null;
  const step = printing ? 38 : 44;
  const body = rows.length * step;
  const space = narrow ? width * 0.42 : Math.min(250, width * 0.3);
  const names = rows.map((_, index) => index);
  const label = (index) => `{tag|${say(data.tags[rows[index].tag].label)}}\n{value|${valueName(rows[index].tag, rows[index].value)}}`;
  const gap = narrow ? 0 : 40;
  const each = narrow ? width - space : (width - space - gap) / 2;
  const edge = 16; // for the last label of the axis
  const second = narrow ? { left: space, width: each - edge, top: 40 + body + 74, height: body } : { left: space + each + gap, width: each - edge, top: 40, height: body };
  const reach = Math.max(1, ...rows.map(({ row }) => Math.abs(doublings(row[TGI]))));
  const spread = Math.max(0.02, ...rows.flatMap(({ row }) => [Math.abs(row[LOW] ?? 0), Math.abs(row[HIGH] ?? 0)])) * 1.08;
  const tint = (row, value) => (row[SIGNIFICANT] ? (value >= 0 ? color.accent : color.indigo) : color.pale);
  const category = (gridIndex, show) => ({
    type: "category", gridIndex, inverse: true, data: names,
    axisLabel: { show, width: space - 12, overflow: "truncate", lineHeight: 17, fontWeight: 600, formatter: label, rich: { value: { fontWeight: 600, lineHeight: 17 }, tag: { color: color.muted, fontSize: 11, lineHeight: 15, fontWeight: 400 } } },
  });
  const heading = (grid, text) => ({ text, left: narrow ? 0 : grid.left, top: grid.top - 36, padding: 0, textStyle: { fontSize: 12, fontWeight: 500, color: color.muted, fontFamily: color.sans, width: narrow ? width : grid.width, overflow: "break" } });
  const first = { left: space, width: each, top: 40, height: body };
  const labelRoom = narrow ? 0.6 : 0.34;
  return {
    height: (narrow ? 40 + body + 74 + body : 40 + body) + 26,
    option: {
      title: [heading(first, t("chart.telling.tgi")), heading(second, t("chart.telling.difference"))],
      grid: [{ ...first, outerBoundsMode: "none" }, { ...second, outerBoundsMode: "none" }],
      xAxis: [
        { type: "value", gridIndex: 0, min: -reach * (1 + labelRoom), max: reach * (1 + labelRoom), interval: 1, axisLabel: { show: false }, splitLine: { show: false } },
        { type: "value", gridIndex: 1, min: -spread, max: spread, splitNumber: 4, axisLabel: { formatter: (value) => format.points(value, spread < 0.05 ? 1 : 0), hideOverlap: true, showMinLabel: false, showMaxLabel: false } },
      ],
      yAxis: [category(0, true), category(1, narrow)],
      tooltip: {
        formatter: ({ dataIndex }) => {
          const { tag, value, row } = rows[dataIndex];
          return tip(`${say(data.tags[tag].label)}: ${valueName(tag, value)}`,
            [say(persona.label), format.percent(row[SHARE])], [t("personas.base_share"), format.percent(row[BASE])],
            [t("tgi"), format.number(row[TGI])], [t("personas.difference"), `${format.points(row[DIFFERENCE])} (${format.points(row[LOW])} … ${format.points(row[HIGH])})`]);
        },
      },
      series: [
        {
          type: "bar", xAxisIndex: 0, yAxisIndex: 0, barWidth: 16,
          data: rows.map(({ row }) => {
            const value = doublings(row[TGI]);
            return { value, itemStyle: { color: tint(row, value), borderRadius: 2 }, label: { position: value >= 0 ? "right" : "left" } };
          }),
          label: { show: true, color: color.ink, fontSize: 12, formatter: ({ dataIndex }) => format.number(rows[dataIndex].row[TGI]) },
          markLine: { silent: true, symbol: "none", lineStyle: { color: color.muted, type: "solid", width: 1 }, label: { show: false }, data: [{ xAxis: 0 }] },
        },
        {
          type: "custom", xAxisIndex: 1, yAxisIndex: 1, data: rows.map(({ row }, index) => [row[DIFFERENCE], index, row[LOW], row[HIGH]]), encode: { x: [0, 2, 3], y: 1 },
          renderItem: (_, api) => interval(api, tint(rows[api.value(1)].row, api.value(0))),
          markLine: { silent: true, symbol: "none", lineStyle: { color: color.muted, type: "solid", width: 1 }, label: { show: false }, data: [{ xAxis: 0 }] },
        },
      ],
    },
  };
};

// A dot with its interval as a line between two short strokes.
function interval(api, tint) {
  const [x, y] = api.coord([api.value(0), api.value(1)]);
  const [low] = api.coord([api.value(2), api.value(1)]);
  const [high] = api.coord([api.value(3), api.value(1)]);
  const style = { stroke: tint, lineWidth: 2, fill: null };
  const stroke = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
  return {
    type: "group",
    children: [stroke(low, y, high, y), stroke(low, y - 5, low, y + 5), stroke(high, y - 5, high, y + 5), { type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill: tint } }],
  };
}

// The values that differ most, in their own order.
function mostTelling(rows) {
  const weight = (row) => (row[HIDDEN] ? -1 : Math.abs(row[DIFFERENCE] ?? 0));
  const kept = new Set([...rows].sort((one, other) => weight(other) - weight(one)).slice(0, MAX_VALUES));
  return rows.filter((row) => kept.has(row));
}

charts.distributions = ({ key, color, width, printing }) => {
  const persona = find(key);
  const panels = persona.drawn.map((tag) => ({ tag, rows: mostTelling(persona.tags[tag].rows) }));
  if (!panels.length) return null;
  const columns = width >= 800 ? 3 : width >= 520 ? 2 : 1;
  const gap = 36, head = 34, step = printing ? 27 : 36;
  const each = (width - gap * (columns - 1)) / columns;
  const space = Math.min(110, each * 0.36);
  const heights = [];
  panels.forEach(({ rows }, index) => {
    const line = Math.floor(index / columns);
    heights[line] = Math.max(heights[line] ?? 0, rows.length * step);
  });
  const tops = heights.map((_, line) => 34 + heights.slice(0, line).reduce((sum, height) => sum + height + head + 18, 0));
  const place = (index) => ({ left: (index % columns) * (each + gap), top: tops[Math.floor(index / columns)] });
  const bars = (index, name, tint, column, label) => ({
    type: "bar", name, xAxisIndex: index, yAxisIndex: index, barWidth: 10, barGap: "15%", itemStyle: { color: tint, borderRadius: [0, 2, 2, 0] },
    data: panels[index].rows.map((row) => ({ value: row[column] ?? 0, row })),
    label: { show: true, position: "right", fontSize: 11, color: label, formatter: ({ data: { row } }) => (row[HIDDEN] ? (column === SHARE ? fewer() : "") : format.percent(row[column], 0)) },
  });
  return {
    height: 34 + heights.reduce((sum, height) => sum + height + head + 18, 0) - 12,
    option: {
      legend: { left: 0, top: 0, data: [say(persona.label), t("personas.base_share")] },
      title: panels.map(({ tag }, index) => ({
        text: say(data.tags[tag].label), left: place(index).left, top: place(index).top,
        textStyle: { fontSize: 13, fontWeight: 600, color: color.ink, fontFamily: color.sans, width: each, overflow: "truncate" }, padding: 0,
      })),
      grid: panels.map(({ rows }, index) => ({ left: place(index).left + space, width: each - space, top: place(index).top + head - 10, height: rows.length * step, outerBoundsMode: "none" })),
      xAxis: panels.map(({ rows }, index) => ({ type: "value", gridIndex: index, show: false, min: 0, max: Math.max(0.01, ...rows.map((row) => Math.max(row[SHARE] ?? 0, row[BASE] ?? 0))) * 1.28 })),
      yAxis: panels.map(({ tag, rows }, index) => ({
        type: "category", gridIndex: index, inverse: true, data: rows.map((row) => valueName(tag, row[0])),
        axisLabel: { width: space - 8, overflow: "break", lineHeight: 14, fontSize: 11.5, interval: 0 },
      })),
      tooltip: {
        formatter: ({ seriesIndex, data: { row } }) => {
          const { tag } = panels[Math.floor(seriesIndex / 2)];
          return row[HIDDEN] ? tip(valueName(tag, row[0]), [t("size"), fewer()])
            : tip(`${say(data.tags[tag].label)}: ${valueName(tag, row[0])}`, [say(persona.label), format.percent(row[SHARE])], [t("personas.base_share"), format.percent(row[BASE])], [t("tgi"), format.number(row[TGI])]);
        },
      },
      series: panels.flatMap((_, index) => [bars(index, say(persona.label), color.accent, SHARE, color.ink), bars(index, t("personas.base_share"), color.pale, BASE, color.muted)]),
    },
  };
};

// Numbers: [mean, base mean, difference, low, high, effect, significant].
charts.numbers = ({ key, color, width, narrow, printing }) => {
  const persona = find(key);
  const rows = persona.numeric.map((tag) => ({ tag, figures: persona.tags[tag]?.numbers })).filter(({ figures }) => figures);
  if (!rows.length) return null;
  const space = narrow ? width * 0.38 : Math.min(240, width * 0.3);
  const most = Math.max(0.25, ...rows.map(({ figures }) => Math.abs(figures[5])));
  const sides = [-1, 1].map((sign) => rows.some(({ figures }) => figures[5] * sign > 0));
  const side = (width - space) / (sides[0] && sides[1] ? 2 : 1);
  const grow = 1 / (1 - Math.min(0.65, (narrow ? 62 : 126) / side)); // room for the means beside the longest bar
  return {
    height: rows.length * (printing ? 26 : 40) + 34,
    option: {
      grid: { left: space, right: 16, top: 4, bottom: 28, outerBoundsMode: "none" },
      xAxis: { type: "value", min: most * (sides[0] ? -grow : -0.04), max: most * (sides[1] ? grow : 0.04), axisLabel: { formatter: (value) => format.number(value, 1), showMinLabel: false, showMaxLabel: false, hideOverlap: true } },
      yAxis: { type: "category", inverse: true, data: rows.map(({ tag }) => say(data.tags[tag].label)), axisLabel: { width: space - 10, overflow: "break", lineHeight: 15 } },
      tooltip: {
        formatter: ({ dataIndex }) => {
          const { tag, figures } = rows[dataIndex];
          const { type, label } = data.tags[tag];
          return tip(say(label), [say(persona.label), format.measure(figures[0], type)], [t("personas.base_mean"), format.measure(figures[1], type)], [t("personas.effect"), format.number(figures[5], 2)]);
        },
      },
      series: [{
        type: "bar", barWidth: 14,
        data: rows.map(({ figures }) => ({
          value: figures[5],
          itemStyle: { color: figures[6] ? (figures[5] >= 0 ? color.accent : color.indigo) : color.pale, borderRadius: 2 },
          label: { position: figures[5] >= 0 ? "right" : "left" },
        })),
        label: {
          show: true, color: color.ink, fontSize: narrow ? 11 : 12, lineHeight: 13,
          formatter: ({ dataIndex }) => {
            const { tag, figures } = rows[dataIndex];
            return [figures[0], figures[1]].map((mean) => format.measure(mean, data.tags[tag].type)).join(narrow ? "\n/ " : " / ");
          },
        },
        markLine: { silent: true, symbol: "none", lineStyle: { color: color.muted, type: "solid", width: 1 }, label: { show: false }, data: [{ xAxis: 0 }] },
      }],
    },
  };
};
