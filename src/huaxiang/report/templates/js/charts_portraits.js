// What a portrait shows beside its tags: scores, hours, preferences, channels and stages.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer, mix, readable, radar } = globalThis.report.drawing;

const find = (name) => data.personas.find((persona) => persona.name === name);

// A score: [label, score, low, high].
charts.scores = ({ key, color, width, narrow, printing }) => {
  const rows = find(key).scores.filter((row) => row[1] != null);
  if (rows.length < 3) return null;
  const height = printing ? 250 : narrow ? 320 : 360;
  const name = (row) => say(row[0]);
  return {
    height,
    option: {
      legend: { left: 0, top: 0, data: [say(find(key).label), t("personas.base_share")] },
      radar: radar(rows.map(name), { color, width, height, narrow }),
      tooltip: {
        formatter: () => tip(say(find(key).label), ...rows.map((row) => [name(row), `${format.number(row[1])} (${format.number(row[2])}–${format.number(row[3])})`])),
      },
      series: [{
        type: "radar",
        data: [
          { name: t("personas.base_share"), value: rows.map(() => 50), symbol: "none", lineStyle: { color: color.muted, width: 1, type: "dashed" }, itemStyle: { color: color.muted }, areaStyle: { opacity: 0 } },
          { name: say(find(key).label), value: rows.map((row) => row[1]), symbolSize: 5, lineStyle: { color: color.accent, width: 2 }, itemStyle: { color: color.accent }, areaStyle: { color: color.accent, opacity: 0.16 },
            label: { show: true, color: color.ink, fontSize: 11, formatter: ({ value }) => format.number(value) } },
        ],
      }],
    },
  };
};

// A cell: [weekday, hour, share, base share, TGI, hidden].
charts.hours = ({ key, color, narrow, printing }) => {
  const { cells, width: hours } = find(key).hours;
  if (!cells.length) return null;
  const columns = 24 / hours;
  const most = Math.max(...cells.map((cell) => cell[2] ?? 0), 1e-9);
  const tint = (cell) => (cell[5] ? color.surface : mix(color.heatLow, color.heatHigh, (cell[2] ?? 0) / most));
  const step = printing ? 20 : narrow ? 26 : 28;
  const from = (index) => `${index * hours}${narrow ? "" : ":00"}`;
  const space = narrow ? 36 : 44;
  return {
    height: 7 * step + 34,
    option: {
      grid: { left: space, right: 4, top: 4, bottom: 28, outerBoundsMode: "none" },
      xAxis: { type: "category", data: Array.from({ length: columns }, (_, index) => from(index)), axisLabel: { interval: columns > 12 ? 2 : 0, color: color.muted, fontSize: 11 } },
      yAxis: { type: "category", inverse: true, data: [1, 2, 3, 4, 5, 6, 7].map((day) => t(`day.${day}`)), axisLabel: { fontSize: narrow ? 11 : 12 } },
      tooltip: {
        formatter: ({ data: { cell } }) => {
          const title = t("portrait.hours.cell", { day: t(`day.${cell[0]}`), from: cell[1], to: cell[1] + hours });
          return cell[5] ? tip(title, [t("size"), fewer()])
            : tip(title, [say(find(key).label), format.percent(cell[2], 2)], [t("personas.base_share"), format.percent(cell[3], 2)], [t("tgi"), format.number(cell[4])]);
        },
      },
      series: [{
        type: "heatmap",
        data: cells.map((cell) => ({ value: [Math.floor(cell[1] / hours), cell[0] - 1, cell[2] ?? 0], cell, itemStyle: { color: tint(cell), borderColor: cell[5] ? color.line : color.paper, borderWidth: 1, borderType: cell[5] ? "dashed" : "solid" } })),
        label: {
          show: columns <= 12 && !narrow, fontSize: 11,
          formatter: ({ data: { cell } }) => (cell[5] ? "" : `{${readable(tint(cell), color.ink, color.paper) === color.ink ? "on" : "off"}|${format.percent(cell[2])}}`),
          rich: { on: { color: color.ink, fontSize: 11 }, off: { color: color.paper, fontSize: 11 } },
        },
      }],
    },
  };
};

// A value: [name, label, share, base share, TGI, significant, hidden, volume, base volume].
const SHARE = 2, BASE = 3, TGI = 4, SIGNIFICANT = 5, HIDDEN = 6, VOLUME = 7, BASE_VOLUME = 8;
const MOST = 10;

// Bars of members and base side by side, a panel for each facet.
function bars({ key, color, width, printing }, facets, columnsAt) {
  const persona = find(key);
  const panels = facets.map((name) => ({ name, rows: (persona.facets[name] ?? []).slice(0, MOST) })).filter(({ rows }) => rows.length);
  if (!panels.length) return null;
  const columns = width >= columnsAt ? Math.min(2, panels.length) : 1;
  const gap = 40, head = 36, step = printing ? 25 : 32;
  const each = (width - gap * (columns - 1)) / columns;
  const space = Math.min(130, each * 0.34);
  const heights = [];
  panels.forEach(({ rows }, index) => {
    const line = Math.floor(index / columns);
    heights[line] = Math.max(heights[line] ?? 0, rows.length * step);
  });
  const tops = heights.map((_, line) => 34 + heights.slice(0, line).reduce((sum, height) => sum + height + head + 12, 0));
  const place = (index) => ({ left: (index % columns) * (each + gap), top: tops[Math.floor(index / columns)] });
  const series = (index, name, tint, column) => ({
    type: "bar", name, xAxisIndex: index, yAxisIndex: index, barWidth: 9, barGap: "15%", itemStyle: { color: tint, borderRadius: [0, 2, 2, 0] },
    data: panels[index].rows.map((row) => ({ value: row[column] ?? 0, row, itemStyle: { color: column === SHARE && !row[SIGNIFICANT] ? mix(color.accent, color.paper, 0.45) : tint } })),
    label: {
      show: true, position: "right", fontSize: 11, color: column === SHARE ? color.ink : color.muted,
      formatter: ({ data: { row } }) => (row[HIDDEN] ? (column === SHARE ? fewer() : "") : column === SHARE ? `${format.percent(row[SHARE], 0)}  {tgi|${format.number(row[TGI])}}` : format.percent(row[BASE], 0)),
      rich: { tgi: { fontWeight: 700, fontSize: 11, color: color.ink } },
    },
  });
  return {
    height: 34 + heights.reduce((sum, height) => sum + height + head + 12, 0) - 6,
    option: {
      legend: { left: 0, top: 0, data: [say(persona.label), t("personas.base_share")] },
      title: panels.map(({ name }, index) => ({ text: t(`facet.${name}`), ...place(index), padding: 0, textStyle: { fontSize: 13, fontWeight: 600, color: color.ink, fontFamily: color.sans } })),
      grid: panels.map(({ rows }, index) => ({ left: place(index).left + space, width: each - space, top: place(index).top + head - 10, height: rows.length * step, outerBoundsMode: "none" })),
      xAxis: panels.map(({ rows }, index) => ({ type: "value", gridIndex: index, show: false, min: 0, max: Math.max(0.01, ...rows.map((row) => Math.max(row[SHARE] ?? 0, row[BASE] ?? 0))) * 1.4 })),
      yAxis: panels.map(({ rows }, index) => ({
        type: "category", gridIndex: index, inverse: true, data: rows.map((row) => say(row[1])),
        axisLabel: { width: space - 8, overflow: "break", lineHeight: 14, fontSize: 11.5, interval: 0 },
      })),
      tooltip: {
        formatter: ({ data: { row } }) =>
          row[HIDDEN] ? tip(say(row[1]), [t("size"), fewer()])
            : tip(say(row[1]), [say(persona.label), format.percent(row[SHARE])], [t("personas.base_share"), format.percent(row[BASE])], [t("tgi"), format.number(row[TGI])]),
      },
      series: panels.flatMap((_, index) => [series(index, say(persona.label), color.accent, SHARE), series(index, t("personas.base_share"), color.pale, BASE)]),
    },
  };
}

charts.preferences = (place) => bars(place, ["category", "brand"], 560);
charts.stages = (place) => bars(place, ["journey_stage", "life_stage"], 560);

// Two stacked bars a facet, members above base: how volume is divided among channels.
charts.mix = ({ key, color, width, printing }) => {
  const persona = find(key);
  const panels = ["order_channel", "visit_channel"].filter((name) => persona.facets[name]?.some((row) => row[VOLUME] != null));
  if (!panels.length) return null;
  const names = [...new Map(panels.flatMap((name) => persona.facets[name].map((row) => [row[0], say(row[1])])))];
  const palette = [color.accent, color.indigo, color.ochre, color.jade, color.plum, color.muted, color.pale];
  const lines = panels.flatMap((name) => [[name, VOLUME, say(persona.label)], [name, BASE_VOLUME, t("personas.base_share")]]);
  const space = Math.min(118, width * 0.34);
  const step = printing ? 30 : 40;
  const part = (name, value, column) => persona.facets[name].find((row) => row[0] === value)?.[column] ?? 0;
  return {
    height: lines.length * step + 40,
    option: {
      legend: { left: 0, top: 0, type: "plain", data: names.map(([, label]) => label) },
      grid: { left: space, right: 8, top: 34, height: lines.length * step, outerBoundsMode: "none" },
      xAxis: { type: "value", show: false, max: 1 },
      yAxis: { type: "category", inverse: true, data: lines.map(([name, , who]) => `{what|${t(`facet.${name}`)}}\n{who|${who}}`), axisLabel: { interval: 0, rich: { what: { fontSize: 12, lineHeight: 15, align: "right", color: color.ink }, who: { fontSize: 11, lineHeight: 14, align: "right", color: color.muted } } } },
      tooltip: { formatter: ({ seriesName, dataIndex, value }) => tip(seriesName, [lines[dataIndex][2], format.percent(value)]) },
      series: names.map(([name, label], index) => {
        const tint = palette[index % palette.length];
        return {
          type: "bar", name: label, stack: "mix", barWidth: step * 0.56, itemStyle: { color: tint, borderColor: color.paper, borderWidth: 1 },
          data: lines.map(([facet, column]) => part(facet, name, column)),
          label: { show: true, fontSize: 11, color: readable(tint, color.ink, color.paper), formatter: ({ value }) => (value >= 0.1 ? format.percent(value, 0) : "") },
        };
      }),
    },
  };
};
