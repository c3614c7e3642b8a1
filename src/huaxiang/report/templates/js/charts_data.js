// Where data come from, and what became of the rows.
const { charts, data, say, t, format } = globalThis.report;
const { tip } = globalThis.report.drawing;

charts.data_map = ({ color, width, narrow }) => {
  const feeds = data.feeds.filter((feed) => feed.columns);
  if (!feeds.length) return null;
  const margin = Math.min(190, width * 0.26);
  const sources = new Map(feeds.map((feed) => [feed.source, say(feed.source_label)]));
  const tables = new Map(feeds.map((feed) => [feed.target, say(feed.target_label)]));
  const named = { ...Object.fromEntries([...sources].map(([key, label]) => [`from ${key}`, label])), ...Object.fromEntries([...tables].map(([key, label]) => [`to ${key}`, label])) };
  const palette = [color.indigo, color.accent, color.ochre, color.jade, color.plum];
  const nodes = [
    ...[...sources.keys()].map((key, index) => ({ name: `from ${key}`, label: { position: "left" }, itemStyle: { color: palette[index % palette.length] } })),
    ...[...tables.keys()].map((key) => ({ name: `to ${key}`, label: { position: "right" }, itemStyle: { color: color.ink } })),
  ];
  return {
    height: Math.max(220, Math.max(sources.size, tables.size) * (narrow ? 46 : 52)),
    option: {
      tooltip: {
        formatter: ({ dataType, data: item }) =>
          dataType === "edge"
            ? tip(`${named[item.source]} → ${named[item.target]}`, [t("column"), item.value], [t("rows"), format.number(item.rows)])
            : tip(named[item.name]),
      },
      series: [{
        type: "sankey", data: nodes, left: margin, right: margin, top: 8, bottom: 8, nodeGap: 16, nodeWidth: 10, draggable: false,
        links: feeds.map((feed) => ({ source: `from ${feed.source}`, target: `to ${feed.target}`, value: feed.columns, rows: feed.rows[0] })),
        label: { fontSize: narrow ? 11 : 13, color: color.ink, width: margin - 14, overflow: "break", formatter: ({ name }) => named[name] },
        lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 },
        emphasis: { focus: "adjacency" },
      }],
    },
  };
};

charts.balance = ({ color, width, narrow }) => {
  const parts = [["quality.quarantined", 2, color.accent], ["quality.deduplicated", 3, color.ochre], ["quality.set_aside", 4, color.indigo]];
  const feeds = data.feeds.filter((feed) => feed.rows[0] > feed.rows[1]);
  if (!feeds.length) return null;
  const used = parts.filter(([, index]) => feeds.some((feed) => feed.rows[index]));
  const most = Math.max(...feeds.map(({ rows }) => (rows[0] - rows[1]) / rows[0]));
  return {
    height: 64 + feeds.length * 44,
    option: {
      legend: { left: 0, top: 0, data: used.map(([key]) => t(key)) },
      grid: { left: 0, right: 52, top: 40, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "value", axisLabel: { hideOverlap: true, formatter: (value) => format.percent(value, most < 0.04 ? 1 : 0) }, splitNumber: narrow ? 3 : 4 },
      yAxis: {
        type: "category", inverse: true,
        data: feeds.map((feed) => `${say(feed.source_label)} → ${say(feed.target_label)}`),
        axisLabel: { width: Math.min(170, width * 0.36), overflow: "break", lineHeight: 15 },
      },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" },
        formatter: (items) =>
          tip(items[0].name, ...items.map(({ seriesName, value, data: item }) => [seriesName, `${format.percent(value, 2)} (${format.number(item.rows)})`])),
      },
      series: used.map(([key, index, tint], position) => ({
        type: "bar", stack: "rows", name: t(key), barWidth: 16, itemStyle: { color: tint },
        data: feeds.map(({ rows }) => ({ value: rows[index] / rows[0], rows: rows[index] })),
        label: position === used.length - 1
          ? { show: true, position: "right", color: color.muted, fontSize: 12, formatter: ({ dataIndex }) => format.percent((feeds[dataIndex].rows[0] - feeds[dataIndex].rows[1]) / feeds[dataIndex].rows[0]) }
          : { show: false },
      })),
    },
  };
};

charts.reasons = ({ color, width }) => {
  if (!data.reasons.length) return null;
  return {
    height: 24 + data.reasons.length * 44,
    option: {
      grid: { left: 0, right: 48, top: 4, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "value", show: false },
      yAxis: {
        type: "category", inverse: true, data: data.reasons.map((_, index) => index),
        axisLabel: {
          width: Math.min(210, width * 0.46), overflow: "truncate", lineHeight: 16,
          formatter: (index) => `{reason|${say(data.reasons[index][2])}}\n{source|${say(data.reasons[index][0])}}`,
          rich: { reason: { lineHeight: 16 }, source: { color: color.muted, fontSize: 11, lineHeight: 14 } },
        },
      },
      tooltip: { formatter: ({ dataIndex, value }) => tip(say(data.reasons[dataIndex][2]), [say(data.reasons[dataIndex][1]), format.number(value)]) },
      series: [{
        type: "bar", barWidth: 16, itemStyle: { color: color.accent, borderRadius: [0, 3, 3, 0] },
        data: data.reasons.map(([, , , rows]) => rows),
        label: { show: true, position: "right", color: color.ink, formatter: ({ value }) => format.number(value) },
      }],
    },
  };
};
