// Draws every chart of the page, and draws it again when language, appearance or width change, and for paper.
// A chart is a row of `charts`: from its surroundings to its height and ECharts option; null where nothing is to draw.
const { charts, say, t, format, theme } = globalThis.report;
const { echarts } = globalThis;

// On paper charts are drawn somewhat wider than their place and scaled down to it, which suits the smaller type.
const PRINT_WIDTH = 840;
const PRINT_WIDTH_PAIR = 410;
let printing = false;

const hosts = () => [...document.querySelectorAll("[data-chart]")];

function draw(host) {
  const width = printing ? (host.closest(".pair") ? PRINT_WIDTH_PAIR : PRINT_WIDTH) : host.clientWidth;
  if (!width) return; // Not on show; drawn when its panel is.
  const color = theme.tokens();
  const built = charts[host.dataset.chart]({ key: host.dataset.key, width, color, narrow: width < 520, printing });
  echarts.getInstanceByDom(host)?.dispose();
  host.replaceChildren();
  host.closest("figure").hidden = built === null;
  if (built === null) return;
  host.style.height = `${built.height}px`;
  const chart = echarts.init(host, theme.theme(color), { renderer: "svg", width, height: built.height });
  chart.setOption({ animation: false, ...built.option, tooltip: { confine: true, ...built.option.tooltip } });
  const picture = host.querySelector("svg");
  if (picture) {
    picture.setAttribute("viewBox", `0 0 ${width} ${built.height}`);
    picture.setAttribute("aria-hidden", "true"); // The caption names it, the table below holds its figures.
  }
  host.dataset.width = width;
}

const drawAll = () => hosts().forEach(draw);

function drawChanged() {
  for (const host of hosts()) if (host.clientWidth && String(host.clientWidth) !== host.dataset.width) draw(host);
}

// Only the width matters: drawing sets the height, and must not set off another drawing.
let waiting = 0;
new ResizeObserver(() => {
  cancelAnimationFrame(waiting);
  if (!printing) waiting = requestAnimationFrame(drawChanged);
}).observe(document.getElementById("main"));

function print(on) {
  printing = on;
  drawAll();
}

// Helpers that builders share. Labels come from data: nothing of them may become markup.
const safe = (text) => echarts.format.encodeHTML(String(text));
const tip = (title, ...lines) =>
  [`<strong>${safe(title)}</strong>`, ...lines.map(([name, value]) => `${safe(name)}&ensp;<b>${safe(value)}</b>`)].join("<br>");
const fewer = () => t("withheld.short", { threshold: globalThis.report.data.threshold });

// Mixes two colours of the form #rrggbb.
function mix(from, to, part) {
  const channel = (hex, index) => parseInt(hex.slice(1 + index * 2, 3 + index * 2), 16);
  const mixed = [0, 1, 2].map((index) => Math.round(channel(from, index) * (1 - part) + channel(to, index) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// Of two colours the one that reads better on `back`, by WCAG's relative luminance.
function readable(back, ...colours) {
  const luminance = (hex) => {
    const parts = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return colours.reduce((best, next) => (contrast(next, back) > contrast(best, back) ? next : best));
}

// The axes of a radar of scores from 0 to 100; long names take two lines, so that none is cut.
const latin = (text) => (/ (and|or|&) /.test(text) ? text.replace(/ (and|or|&) /, " $1\n") : text.replace(/^(\S{6,}) (\S)/, "$1\n$2"));
const chinese = (text) => text.replace(/^(.{2,5})(与|和)/, "$1\n$2");
const wrapped = (text) => (text.length > 12 ? latin(text) : text.length > 5 && !/[a-z]/i.test(text) ? chinese(text) : text);
function radar(names, { color, width, height, narrow, center = "54%" }) {
  return {
    center: ["50%", center], radius: Math.min(height * 0.33, width * 0.29), splitNumber: 4, shape: "polygon",
    indicator: names.map((name) => ({ name: wrapped(name), min: 0, max: 100 })),
    axisName: { color: color.ink, fontSize: narrow ? 11 : 12, lineHeight: 14 },
    axisNameGap: 10,
    splitLine: { lineStyle: { color: color.line } }, axisLine: { lineStyle: { color: color.line } }, splitArea: { show: false },
  };
}

globalThis.report.drawing = { draw, drawAll, drawChanged, print, tip, safe, fewer, mix, readable, radar, say, format };
