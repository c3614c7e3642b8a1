// Colours and type of the charts, taken from the tokens of the style sheet, for the current appearance.
const { root } = globalThis.report;

function tokens() {
  const style = getComputedStyle(root);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: token("paper"), surface: token("surface"), ink: token("ink"), muted: token("muted"), line: token("line"),
    pale: token("pale"), accent: token("accent"), indigo: token("indigo"), ochre: token("ochre"), jade: token("jade"),
    plum: token("plum"), heatLow: token("heat-low"), heatHigh: token("heat-high"),
    coverLow: token("cover-low"), coverHigh: token("cover-high"), sans: token("sans"), serif: token("serif"),
  };
}

function theme(color) {
  const axis = {
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: color.muted, fontSize: 12 },
    nameTextStyle: { color: color.muted, fontSize: 12 },
    splitLine: { lineStyle: { color: color.line, width: 1 } },
  };
  return {
    color: [color.accent, color.indigo, color.ochre, color.jade, color.plum],
    backgroundColor: "transparent",
    textStyle: { fontFamily: color.sans, color: color.ink },
    valueAxis: axis,
    categoryAxis: { ...axis, axisLabel: { ...axis.axisLabel, color: color.ink }, splitLine: { show: false } },
    legend: { textStyle: { color: color.ink, fontSize: 12 }, itemWidth: 14, itemHeight: 10, itemGap: 16, inactiveColor: color.pale },
    tooltip: {
      backgroundColor: color.surface, borderColor: color.line, textStyle: { color: color.ink, fontSize: 13 },
      extraCssText: "box-shadow: 0 4px 16px rgb(0 0 0 / 15%); max-width: 22rem; white-space: normal;",
    },
    visualMap: { textStyle: { color: color.muted, fontSize: 12 } },
  };
}

globalThis.report.theme = { tokens, theme };
