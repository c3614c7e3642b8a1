// Groups of customers: RFM, value tiers, lifecycle, overlap of segments.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer, mix, readable } = globalThis.report.drawing;

const BOTTOM_LEGEND = 34;

function heatScale(color, max) {
  return {
    type: "continuous", min: 0, max, calculable: false, orient: "horizontal", left: "center", bottom: 0,
    itemWidth: 10, itemHeight: 140, inRange: { color: [color.heatLow, color.heatHigh] }, seriesIndex: 0,
  };
}

function heatCell(color, value, max, rest) {
  const back = mix(color.heatLow, color.heatHigh, max ? value / max : 0);
  return { ...rest, label: { color: readable(back, color.ink, color.paper) } };
}

charts.rfm_map = ({ color, width, narrow }) => {
  const cells = data.rfm_cells.filter(([, , count]) => count !== 0);
  if (!cells.length) return null;
  const open = cells.filter(([, , , , hidden]) => !hidden);
  const max = Math.max(1, ...open.map(([, , , spend]) => spend ?? 0));
  const scores = ["1", "2", "3", "4", "5"];
  const detail = ({ data: { cell } }) =>
    tip(`R ${cell[0]} · F ${cell[1]}`, [t("customers"), cell[4] ? fewer() : format.number(cell[2])], [t("spend.mean"), cell[4] ? t("withheld") : format.money(cell[3])]);
  return {
    height: Math.min(460, width * 0.86) + BOTTOM_LEGEND + 24,
    option: {
      grid: { left: 4, right: 4, top: 8, bottom: BOTTOM_LEGEND + 8, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: { type: "category", data: scores, name: t("frequency"), nameLocation: "middle", nameGap: 28 },
      yAxis: { type: "category", data: scores, name: t("recency"), nameLocation: "middle", nameGap: 26 },
      visualMap: { ...heatScale(color, max), dimension: 2, text: [format.money(max), format.money(0)] },
      tooltip: { formatter: detail },
      series: [
        {
          type: "heatmap", itemStyle: { borderColor: color.paper, borderWidth: 3, borderRadius: 5 },
          data: open.map((cell) => heatCell(color, cell[3], max, { value: [cell[1] - 1, cell[0] - 1, cell[3]], cell })),
          label: { show: true, fontSize: narrow ? 11 : 13, formatter: ({ data: { cell } }) => format.number(cell[2]) },
        },
        {
          type: "heatmap", itemStyle: { color: color.line, borderColor: color.paper, borderWidth: 3, borderRadius: 5 },
          data: cells.filter(([, , , , hidden]) => hidden).map((cell) => ({ value: [cell[1] - 1, cell[0] - 1, 0], cell })),
          label: { show: true, color: color.muted, formatter: fewer },
        },
      ],
    },
  };
};

function pairedBars(groups, { color, width, narrow }) {
  if (!groups.length) return null;
  const money = groups.some(({ revenue_share: share }) => share != null);
  const series = (key, name, tint) => ({
    type: "bar", name, barWidth: 12, barGap: "20%", itemStyle: { color: tint, borderRadius: [0, 3, 3, 0] },
    data: groups.map((group) => ({ value: group[key] ?? 0, hidden: group.hidden })),
    label: { show: true, position: "right", color: color.ink, fontSize: 12, formatter: ({ data: { value, hidden } }) => (hidden ? t("withheld") : format.percent(value)) },
  });
  return {
    height: 44 + groups.length * 50,
    option: {
      legend: { left: 0, top: 0 },
      grid: { left: 0, right: 58, top: 36, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "value", show: false, min: 0 },
      yAxis: {
        type: "category", inverse: true, data: groups.map(({ label }) => say(label)),
        axisLabel: { width: narrow ? width * 0.28 : 130, overflow: "break", lineHeight: 15, fontSize: 12.5 },
      },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" },
        formatter: ([{ dataIndex }]) => groupTip(groups[dataIndex]),
      },
      series: [series("share", t("customers.share"), color.indigo), ...(money ? [series("revenue_share", t("revenue.share"), color.accent)] : [])],
    },
  };
}

const groupTip = (group) =>
  group.hidden
    ? tip(say(group.label), [t("customers"), t("chart.withheld", { threshold: data.threshold })])
    : tip(say(group.label), [t("customers"), `${format.number(group.count)} (${format.percent(group.share)})`], [t("revenue"), `${format.money(group.revenue)} (${format.percent(group.revenue_share)})`]);

charts.rfm_groups = (surroundings) => pairedBars(data.rfm_groups, surroundings);
charts.lifecycle = (surroundings) => pairedBars(data.lifecycle, surroundings);

// Two bars back to back per tier: heads to the left, money to the right.
charts.tiers = ({ color, width, narrow }) => {
  const tiers = data.value_tiers;
  if (!tiers.length) return null;
  const middle = narrow ? 96 : 150;
  const side = (width - middle) / 2;
  const most = Math.max(0.01, ...tiers.map(({ share, revenue_share: money }) => Math.max(share ?? 0, money ?? 0)));
  const room = 64 / side; // the label beyond the longest bar
  const axis = (gridIndex, inverse) => ({ type: "value", gridIndex, inverse, show: false, min: 0, max: most * (1 + room * 1.15) });
  const names = (gridIndex, extra) => ({ type: "category", gridIndex, inverse: true, data: tiers.map(({ label }) => say(label)), axisLabel: { show: false }, ...extra });
  const bars = (index, key, tint, position, label) => ({
    type: "bar", xAxisIndex: index, yAxisIndex: index, barWidth: "58%", itemStyle: { color: tint, borderRadius: index ? [0, 5, 5, 0] : [5, 0, 0, 5] },
    data: tiers.map((tier) => ({ value: tier[key] ?? 0, tier })),
    label: { show: true, position, color: color.ink, fontSize: narrow ? 11.5 : 13, lineHeight: 16, formatter: ({ data: { tier } }) => (tier.hidden ? t("withheld") : label(tier)) },
  });
  const heading = (left, align, text) => ({ text, left, top: 0, textAlign: align, textStyle: { fontSize: 13, fontWeight: 600, color: color.muted, fontFamily: color.sans } });
  return {
    height: 40 + tiers.length * 74,
    option: {
      title: [heading(side, "right", t("customers.share")), heading(side + middle, "left", t("revenue.share"))],
      grid: [
        { left: 0, width: side, top: 32, bottom: 0, outerBoundsMode: "none" },
        { left: side + middle, width: side, top: 32, bottom: 0, outerBoundsMode: "none" },
      ],
      xAxis: [axis(0, true), axis(1, false)],
      yAxis: [
        names(0, { position: "right", axisLabel: {
          show: true, margin: middle / 2, align: "center", fontSize: narrow ? 12 : 14, fontWeight: 600, width: middle - 12, overflow: "truncate", lineHeight: 18,
          formatter: (name, index) => {
            const { count, revenue, hidden } = tiers[index];
            return hidden || !count || !revenue ? name : `{name|${name}}\n{each|${t("tiers.per_head", { amount: format.money(revenue / count) })}}`;
          },
          rich: { name: { fontSize: narrow ? 12 : 14, fontWeight: 600, lineHeight: 20 }, each: { color: color.muted, fontSize: 11.5, fontWeight: 400, lineHeight: 17 } },
        } }),
        names(1),
      ],
      tooltip: { formatter: ({ data: { tier } }) => groupTip(tier) },
      series: [
        bars(0, "share", color.indigo, "left", ({ share, count }) => `${format.percent(share)}\n${format.number(count)}`),
        bars(1, "revenue_share", color.accent, "right", ({ revenue_share: share, revenue }) => (share == null ? "–" : `${format.percent(share)}\n${format.money(revenue)}`)),
      ],
    },
  };
};

charts.overlap = ({ color, width }) => {
  const { labels, cells } = data.overlap;
  if (labels.length < 2) return null;
  const names = labels.map(say);
  const space = Math.min(210, width * 0.4);
  const cell = Math.min(56, (width - space) / labels.length);
  const detail = ({ data: { row, column, share, count, hidden } }) =>
    tip(`${names[row]} → ${names[column]}`, [t("share"), hidden ? t("withheld") : format.percent(share)], [t("customers"), hidden ? fewer() : format.number(count)]);
  const show = cell >= 34;
  return {
    height: cell * labels.length + 32 + BOTTOM_LEGEND,
    option: {
      grid: { left: space, width: cell * labels.length, top: 26, height: cell * labels.length, outerBoundsMode: "none" },
      xAxis: { type: "category", position: "top", data: names.map((_, index) => String(index + 1)), axisLabel: { interval: 0, fontSize: 11, color: color.muted } },
      yAxis: {
        type: "category", inverse: true, data: names,
        axisLabel: { interval: 0, width: space - 8, overflow: "truncate", formatter: (name, index) => `${name}  {index|${index + 1}}`, rich: { index: { color: color.muted, fontSize: 11 } } },
      },
      visualMap: { ...heatScale(color, 1), dimension: 2, text: ["100%", "0%"] },
      tooltip: { formatter: detail },
      series: [{
        type: "heatmap", itemStyle: { borderColor: color.paper, borderWidth: 1.5, borderRadius: 3 },
        data: cells.map(([row, column, share, count, hidden]) =>
          heatCell(color, share ?? 0, 1, { value: [column, row, share ?? 0], row, column, share, count, hidden })),
        label: { show, fontSize: 11, formatter: ({ data: { share, hidden } }) => (hidden ? fewer() : share ? format.percent(share, 0) : "") },
      }],
    },
  };
};
