// Two personas side by side: the reader chooses, the page computes.
const { charts, data, root, say, t, format } = globalThis.report;
const { draw, tip } = globalThis.report.drawing;

const SHOWN = 14;
const SHARE = 1, TGI = 3, HIDDEN = 8;
const personas = data.personas.filter(({ hidden }) => !hidden);
const choosers = ["a", "b"].map((side) => document.getElementById(`compare-${side}`));
const chosen = () => choosers.map((chooser) => personas.find(({ name }) => name === chooser.value));

// For each tag that both have and that defines neither: how far the distributions lie apart, and the value with the widest gap.
function gaps(first, second) {
  return Object.keys(first.tags)
    .filter((tag) => tag in second.tags && !first.tags[tag].defining && !second.tags[tag].defining)
    .map((tag) => {
      const others = new Map(second.tags[tag].rows.map((row) => [row[0], row]));
      const rows = first.tags[tag].rows
        .filter((row) => others.has(row[0]) && !row[HIDDEN] && !others.get(row[0])[HIDDEN])
        .map((row) => ({ value: row[0], a: row[SHARE], b: others.get(row[0])[SHARE], tgi: [row[TGI], others.get(row[0])[TGI]] }))
        .filter(({ a, b }) => a != null && b != null);
      const distance = rows.reduce((sum, { a, b }) => sum + Math.abs(a - b), 0) / 2;
      const widest = rows.reduce((best, row) => (!best || Math.abs(row.a - row.b) > Math.abs(best.a - best.b) ? row : best), null);
      return { tag, distance, widest };
    })
    .filter(({ widest }) => widest)
    .sort((one, other) => other.distance - one.distance)
    .slice(0, SHOWN);
}

const label = ({ tag, widest }) => [say(data.tags[tag].label), say(data.tags[tag].values[widest.value])];

charts.compare = ({ color, width, narrow }) => {
  const [first, second] = chosen();
  if (!first || !second || first === second) return { height: 0, option: {} };
  const rows = gaps(first, second);
  const space = narrow ? width * 0.42 : Math.min(280, width * 0.34);
  const room = 42; // for the labels of dots at either end
  const most = Math.min(1, Math.max(0.05, ...rows.flatMap(({ widest }) => [widest.a, widest.b])));
  const dots = (key, persona, tint) => ({
    type: "scatter", name: say(persona.label), symbolSize: 13, itemStyle: { color: tint, opacity: 1 },
    data: rows.map(({ widest }, index) => ({ value: [widest[key], index], label: { position: widest[key] >= widest[key === "a" ? "b" : "a"] ? "right" : "left" } })),
    label: { show: true, distance: 6, color: color.ink, fontSize: 11.5, formatter: ({ value }) => format.percent(value[0], 0) },
  });
  return {
    height: rows.length * 44 + 68,
    option: {
      legend: { left: 0, top: 0, selectedMode: false },
      grid: { left: space + room, right: room, top: 34, bottom: 28, outerBoundsMode: "none" },
      xAxis: { type: "value", min: 0, max: most, axisLabel: { formatter: (value) => format.percent(value, 0), hideOverlap: true, showMaxLabel: false }, splitNumber: narrow ? 3 : 5 },
      yAxis: {
        type: "category", inverse: true, data: rows.map((_, index) => index),
        axisLabel: {
          width: space - 4, margin: room, overflow: "truncate", lineHeight: 17, fontWeight: 600,
          formatter: (index) => `{tag|${label(rows[index])[0]}}\n{value|${label(rows[index])[1]}}`,
          rich: { value: { fontWeight: 600, lineHeight: 17 }, tag: { color: color.muted, fontSize: 11, lineHeight: 15, fontWeight: 400 } },
        },
      },
      tooltip: {
        formatter: ({ dataIndex }) => {
          const { widest } = rows[dataIndex];
          return tip(label(rows[dataIndex]).join(": "), [say(first.label), `${format.percent(widest.a)} · ${t("tgi")} ${format.number(widest.tgi[0])}`], [say(second.label), `${format.percent(widest.b)} · ${t("tgi")} ${format.number(widest.tgi[1])}`], [t("compare.gap"), format.points(widest.a - widest.b)]);
        },
      },
      series: [
        {
          type: "custom", silent: true, data: rows.map(({ widest }, index) => [widest.a, index, widest.b]), encode: { x: [0, 2], y: 1 },
          renderItem: (_, api) => {
            const [x1, y1] = api.coord([api.value(0), api.value(1)]);
            const [x2] = api.coord([api.value(2), api.value(1)]);
            return { type: "line", shape: { x1, y1, x2, y2: y1 }, style: { stroke: color.pale, lineWidth: 3 } };
          },
        },
        dots("a", first, color.accent),
        dots("b", second, color.indigo),
      ],
    },
  };
};

function cell(kind, text, numeric) {
  const element = document.createElement(kind);
  element.textContent = text;
  if (numeric) element.className = "n";
  return element;
}

function table(id, heads, rows) {
  const line = (cells) => {
    const element = document.createElement("tr");
    element.append(...cells);
    return element;
  };
  const names = heads.map((head, index) => cell("th", head, index > 0));
  names.forEach((name) => name.setAttribute("scope", "col"));
  const body = rows.map((row) => {
    const cells = row.map((text, index) => cell(index ? "td" : "th", text, index > 0));
    cells[0].setAttribute("scope", "row");
    return line(cells);
  });
  const sections = [document.createElement("thead"), document.createElement("tbody")];
  sections[0].append(line(names));
  sections[1].append(...body);
  document.getElementById(id).replaceChildren(...sections);
}

function show() {
  const [first, second] = chosen();
  const same = first === second;
  document.getElementById("compare-same").hidden = !same;
  document.getElementById("compare-result").hidden = same;
  if (same) return;
  const heads = ["", say(first.label), say(second.label)];
  const times = ({ revenue_share: money, share }) => (money == null || !share ? "–" : t("personas.times", { count: format.number(money / share, 1) }));
  const key = [
    [t("personas.members"), (persona) => format.number(persona.size)],
    [t("customers.share"), (persona) => format.percent(persona.share)],
    [t("revenue.share"), (persona) => format.percent(persona.revenue_share)],
    [t("personas.per_head"), times],
  ].map(([name, value]) => [name, value(first), value(second)]);
  const numbers = [...new Set([...first.numeric, ...second.numeric])]
    .filter((tag) => first.tags[tag]?.numbers && second.tags[tag]?.numbers)
    .slice(0, 10)
    .map((tag) => [say(data.tags[tag].label), ...[first, second].map((persona) => format.measure(persona.tags[tag].numbers[0], data.tags[tag].type))]);
  table("compare-numbers", heads, [...key, ...numbers]);
  table("compare-values", [...heads, t("compare.gap")], gaps(first, second).map((row) => [
    label(row).join(": "), format.percent(row.widest.a), format.percent(row.widest.b), format.points(row.widest.a - row.widest.b),
  ]));
  draw(document.querySelector("[data-chart=compare]"));
}

// Options hold one language each, so they are written again when it changes.
function fill() {
  for (const chooser of choosers) {
    const kept = chooser.value;
    chooser.replaceChildren(...personas.map(({ name, label: named }) => new Option(say(named), name)));
    if (kept) chooser.value = kept;
  }
}

globalThis.report.compare = { refresh: () => {} };
if (choosers[0]) {
  fill();
  choosers[1].value = personas[1].name;
  choosers.forEach((chooser) => chooser.addEventListener("change", show));
  document.getElementById("compare-swap").addEventListener("click", () => {
    [choosers[0].value, choosers[1].value] = [choosers[1].value, choosers[0].value];
    show();
  });
  document.getElementById("chooser").addEventListener("submit", (event) => event.preventDefault());
  globalThis.report.compare.refresh = () => {
    fill();
    show();
  };
}
