// How the number of groups was chosen: a row per criterion, a column per number, the stronger the colour the better.
const { charts, data, say, t, format } = globalThis.report;
const { tip, mix, readable } = globalThis.report.drawing;

const ROW = 38;

// Where a value lies between the worst and the best of its row.
function merit({ values, falls }, value) {
  const known = values.map(([, each]) => each);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const part = high > low ? (value - low) / (high - low) : 1;
  return falls ? 1 - part : part;
}

const written = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : format.number(Math.round(value)));

charts.clusters = ({ key, color, width, narrow }) => {
  const found = data.clusters.find(({ name }) => name === key);
  if (!found?.criteria.length) return null;
  const { criteria, chosen } = found;
  const numbers = [...new Set(criteria.flatMap(({ values }) => values.map(([number]) => number)))].sort((a, b) => a - b);
  const space = narrow ? width * 0.3 : 190;
  const cell = (width - space - 4) / numbers.length;
  const cells = criteria.flatMap((criterion, row) =>
    criterion.values.map(([number, value]) => {
      const back = mix(color.heatLow, color.heatHigh, merit(criterion, value));
      const vote = criterion.vote === number;
      return {
        value: [numbers.indexOf(number), row, merit(criterion, value)], number, shown: written(value), criterion, vote,
        itemStyle: { borderColor: vote ? color.ink : color.paper, borderWidth: vote ? 2.5 : 1.5, borderRadius: 4 },
        label: { color: readable(back, color.ink, color.paper), fontWeight: vote ? 700 : 400 },
      };
    })).sort((one, other) => one.vote - other.vote); // A frame is drawn over its neighbours.
  const detail = ({ data: { number, shown, criterion, vote } }) =>
    tip(say(criterion.label), [t("clusters.number"), number], [vote ? t("clusters.vote") : t("value"), shown],
      ...(criterion.mark == null ? [] : [[t("clusters.mark"), written(criterion.mark)]]));
  return {
    height: criteria.length * ROW + 56,
    option: {
      grid: { left: space, width: cell * numbers.length, top: 8, height: criteria.length * ROW, outerBoundsMode: "none" },
      xAxis: {
        type: "category", data: numbers.map(String), name: t("clusters.number"), nameLocation: "middle", nameGap: 26, axisLine: { show: false },
        axisLabel: {
          interval: 0, formatter: (number) => (Number(number) === chosen ? `{chosen|${number}}` : number),
          rich: { chosen: { fontWeight: 700, fontSize: 14, color: color.accent } },
        },
      },
      yAxis: { type: "category", inverse: true, data: criteria.map(({ label }) => say(label)), axisLabel: { interval: 0, width: space - 10, overflow: "break", lineHeight: 14, fontSize: narrow ? 11 : 12.5 } },
      tooltip: { formatter: detail },
      series: [{ type: "heatmap", data: cells, label: { show: cell >= 44, fontSize: cell < 56 ? 10 : 11.5, formatter: ({ data: { shown } }) => shown } }],
      visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: [color.heatLow, color.heatHigh] } },
    },
  };
};
