// The curve of concentration, and the map of the tag system.
const { charts, data, language, say, t, format } = globalThis.report;
const { tip, mix, readable } = globalThis.report.drawing;

charts.concentration = ({ color, narrow }) => {
  const points = data.concentration;
  if (!points.length) return null;
  const fifth = points.find(([customers]) => customers >= 0.2 - 1e-9);
  const percent = (value) => format.percent(value, 0);
  return {
    height: narrow ? 280 : 340,
    option: {
      grid: { left: 4, right: 16, top: 26, bottom: 26, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: {
        type: "value", min: 0, max: 1, name: t("chart.concentration.x"), nameLocation: "middle", nameGap: 30,
        axisLabel: { formatter: percent }, splitLine: { show: false },
      },
      yAxis: { type: "value", min: 0, max: 1, name: t("revenue.share"), nameTextStyle: { align: "left" }, axisLabel: { formatter: percent } },
      tooltip: {
        trigger: "axis",
        formatter: ([{ value }]) => tip(percent(value[0]), [t("revenue.share"), format.percent(value[1])]),
      },
      series: [
        {
          type: "line", data: points, showSymbol: false, lineStyle: { width: 2.5, color: color.accent },
          areaStyle: { color: color.accent, opacity: 0.1 }, itemStyle: { color: color.accent },
          markPoint: {
            symbol: "circle", symbolSize: 10,
            data: [{ coord: fifth }],
            label: {
              position: "right", distance: 10, color: color.ink, fontWeight: 600, fontSize: 13,
              formatter: t("chart.concentration.point", { customers: percent(fifth[0]), revenue: percent(fifth[1]) }),
            },
          },
        },
        {
          type: "line", data: [[0, 0], [1, 1]], showSymbol: false, silent: true, tooltip: { show: false },
          lineStyle: { color: color.muted, type: "dashed", width: 1 },
          markPoint: {
            symbol: "circle", symbolSize: 1, itemStyle: { color: "transparent" }, data: [{ coord: [0.55, 0.55] }],
            label: { position: "right", offset: [4, 16], color: color.muted, fontSize: 12, formatter: t("chart.concentration.equal") },
          },
        },
      ],
    },
  };
};

charts.months = ({ color, narrow }) => {
  const months = data.months;
  if (months.length < 2) return null;
  // About eight labels; every step meets January, which carries the year.
  const step = [1, 2, 3, 6, 12].find((every) => months.length / every <= (narrow ? 6 : 9));
  const named = (index, month) => (Number(month.slice(5)) - 1) % step === 0;
  const name = (month) => monthName(month, { year: "numeric", month: "short" });
  return {
    height: narrow ? 280 : 340,
    option: {
      grid: { left: 4, right: 8, top: 26, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: { type: "category", data: months.map(([month]) => month), axisLabel: { interval: named, lineHeight: 15, formatter: (month) => monthName(month, { month: "short" }) + (month.endsWith("-01") ? `\n${month.slice(0, 4)}` : "") } },
      yAxis: { type: "value", axisLabel: { formatter: format.money }, splitNumber: 4 },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" },
        formatter: ([{ dataIndex }]) => {
          const [month, revenue, orders, buyers] = months[dataIndex];
          return revenue == null ? tip(name(month), [t("revenue"), t("withheld")])
            : tip(name(month), [t("revenue"), format.money(revenue)], [t("overview.orders"), format.number(orders)], [t("overview.buyers"), format.number(buyers)]);
        },
      },
      series: [{ type: "bar", barMaxWidth: 26, itemStyle: { color: color.indigo, borderRadius: [3, 3, 0, 0] }, data: months.map(([, revenue]) => revenue ?? "-") }],
    },
  };
};

// A civil month, `2026-06`, as readers write it; in UTC, so that no time zone moves it.
const monthName = (month, options) =>
  new Intl.DateTimeFormat(language() === "en" ? "en-GB" : language(), { ...options, timeZone: "UTC" }).format(new Date(`${month}-01T00:00Z`));

charts.tags = ({ color, width, narrow }) => {
  if (!data.dimensions.length) return null;
  const shade = (coverage) => mix(color.coverLow, color.coverHigh, coverage ?? 0);
  const node = (part, count, children) => ({
    name: say(part.label), value: count, coverage: part.coverage, children,
    itemStyle: { color: shade(part.coverage) },
    label: { color: readable(shade(part.coverage), color.ink, color.paper) },
    upperLabel: { color: color.ink },
  });
  const tree = data.dimensions.map((dimension) => {
    const children = dimension.categories.map((category) => node(category, category.count));
    return node(dimension, children.reduce((sum, child) => sum + child.value, 0), children);
  });
  return {
    height: narrow ? 640 : Math.max(400, width * 0.52),
    option: {
      tooltip: {
        formatter: ({ data: { name, value, coverage } }) =>
          name ? tip(name, [t("overview.tags"), format.number(value)], [t("tags.coverage"), format.percent(coverage, 0)]) : "",
      },
      series: [{
        type: "treemap", animation: false, data: tree, roam: false, nodeClick: false, breadcrumb: { show: false },
        left: 0, right: 0, top: 0, bottom: 0, squareRatio: narrow ? 0.9 : 1.4,
        label: { fontSize: 12, lineHeight: 16, overflow: "truncate", formatter: ({ data: { name, value } }) => `${name}\n${value}` },
        upperLabel: { show: true, height: 26, padding: [0, 6], fontWeight: 600, fontSize: 13, formatter: ({ data: { name, value } }) => `${name} ${value}` },
        levels: [
          { itemStyle: { gapWidth: 6, borderWidth: 0, borderColor: color.paper }, upperLabel: { show: false } },
          { itemStyle: { gapWidth: 2, borderWidth: 2, borderColor: color.line }, upperLabel: { padding: [0, 6] } },
          { itemStyle: { borderWidth: 0 } },
        ],
      }],
    },
  };
};
