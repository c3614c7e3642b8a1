// Quality over builds, and how records spread over customers.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer } = globalThis.report.drawing;

charts.quality_history = ({ color, narrow }) => {
  const { dimensions, builds } = data.quality_history;
  if (builds.length < 2) return null;
  const palette = [color.indigo, color.ochre, color.jade, color.plum, color.muted, color.pale, color.accent];
  const drawn = dimensions.map((dimension, index) => ({ ...dimension, index }))
    .filter(({ index }) => builds.some(({ scores }) => scores[index] != null));
  const known = builds.flatMap(({ scores }) => scores).filter((score) => score != null);
  const low = Math.max(0, Math.floor((Math.min(...known) - 4) / 10) * 10);
  const total = ({ name }) => name === "total";
  // Builds at one moment differ in when they ran.
  const name = new Set(builds.map(({ as_of }) => as_of)).size > 1 ? ({ as_of }) => as_of : ({ built_at }) => built_at;
  return {
    height: narrow ? 330 : 320,
    option: {
      legend: { left: 0, top: 0, data: drawn.map(({ label }) => say(label)) },
      grid: { left: 4, right: 24, top: narrow ? 86 : 46, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: { type: "category", data: builds.map((_, index) => index), boundaryGap: false, axisLabel: { hideOverlap: true, formatter: (index) => name(builds[index]) } },
      yAxis: { type: "value", min: low, max: 100, splitNumber: 4 },
      tooltip: {
        trigger: "axis",
        formatter: ([{ dataIndex }]) => tip(
          `${t("overview.as_of")} ${builds[dataIndex].as_of}`, [t("quality.built_at"), builds[dataIndex].built_at],
          ...drawn.map(({ label, index }) => [say(label), format.number(builds[dataIndex].scores[index], 1)]),
        ),
      },
      series: drawn.map((dimension) => ({
        type: "line", name: say(dimension.label), connectNulls: false, symbol: "circle", symbolSize: total(dimension) ? 7 : 5,
        data: builds.map(({ scores }) => scores[dimension.index] ?? "-"), z: total(dimension) ? 3 : 2,
        lineStyle: { width: total(dimension) ? 3 : 1.5, color: palette[dimension.index] }, itemStyle: { color: palette[dimension.index] },
      })),
    },
  };
};

charts.records_per_customer = ({ color, narrow }) => {
  const sizes = data.records_per_customer;
  if (!sizes.length) return null;
  return {
    height: narrow ? 260 : 300,
    option: {
      grid: { left: 4, right: 4, top: 30, bottom: 24, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: { type: "category", data: sizes.map(([label]) => label), name: t("identity.records_each"), nameLocation: "middle", nameGap: 28 },
      yAxis: { type: "value", axisLabel: { formatter: (value) => format.number(value) }, splitNumber: 4 },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" },
        formatter: ([{ dataIndex }]) => {
          const [label, count, share] = sizes[dataIndex];
          return tip(`${t("identity.records_each")}: ${label}`, [t("customers"), count == null ? fewer() : format.number(count)], [t("customers.share"), count == null ? t("withheld") : format.percent(share)]);
        },
      },
      series: [{
        type: "bar", barMaxWidth: 46, itemStyle: { color: color.indigo, borderRadius: [3, 3, 0, 0] }, data: sizes.map(([, count]) => count ?? 0),
        label: { show: true, position: "top", color: color.ink, fontSize: 12, formatter: ({ dataIndex }) => (sizes[dataIndex][1] == null ? fewer() : format.number(sizes[dataIndex][1])) },
      }],
    },
  };
};

charts.disagreements = ({ color, width }) => {
  const rows = data.disagreements;
  if (!rows.length) return null;
  return {
    height: 16 + rows.length * 30,
    option: {
      grid: { left: 0, right: 52, top: 4, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "value", show: false, min: 0 },
      yAxis: { type: "category", inverse: true, data: rows.map(([label]) => say(label)), axisLabel: { width: Math.min(150, width * 0.36), overflow: "truncate" } },
      tooltip: {
        formatter: ({ dataIndex }) => {
          const [label, customers, differing, share] = rows[dataIndex];
          return tip(say(label), [t("customers"), format.number(customers)], [t("identity.differing"), differing == null ? fewer() : format.number(differing)], [t("share"), share == null ? t("withheld") : format.percent(share)]);
        },
      },
      series: [{
        type: "bar", barWidth: 14, itemStyle: { color: color.ochre, borderRadius: [0, 3, 3, 0] }, data: rows.map(([, , , share]) => share ?? 0),
        label: { show: true, position: "right", color: color.ink, formatter: ({ dataIndex }) => (rows[dataIndex][3] == null ? fewer() : format.percent(rows[dataIndex][3])) },
      }],
    },
  };
};
