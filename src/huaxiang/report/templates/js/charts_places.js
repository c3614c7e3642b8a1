// Where the members live: a grid of tiles, or the areas of a map of the user's own. Colour is the TGI.
const { charts, data, say, t, format } = globalThis.report;
const { tip, fewer, mix, readable } = globalThis.report.drawing;
const { echarts } = globalThis;

const SHARE = 2, BASE = 3, TGI = 4, HIDDEN = 6;
const COLUMNS = 8, ROWS = 8;
if (data.areas) echarts.registerMap("areas", data.areas);

// Half and twice as common lie equally far from the middle.
const LIMIT = 1.2;
function tint(row, color) {
  if (!row || row[HIDDEN] || row[TGI] == null) return color.surface;
  const strength = Math.max(-1, Math.min(1, Math.log2(Math.max(row[TGI], 1) / 100) / LIMIT));
  return mix(color.heatLow, strength >= 0 ? color.heatHigh : color.indigo, Math.abs(strength) * 0.85);
}

function lines(persona, name, row) {
  if (!row) return tip(name, [say(persona.label), "–"]);
  if (row[HIDDEN]) return tip(name, [t("size"), fewer()]);
  return tip(name, [say(persona.label), format.percent(row[SHARE])], [t("personas.base_share"), format.percent(row[BASE])], [t("tgi"), format.number(row[TGI])]);
}

charts.places = (surroundings) => {
  const persona = data.personas.find((one) => one.name === surroundings.key);
  const rows = new Map((persona.facets.province ?? []).map((row) => [row[0], row]));
  if (!rows.size) return null;
  return data.areas ? areas(persona, rows, surroundings) : tiles(persona, rows, surroundings);
};

function tiles(persona, rows, { color, width, printing }) {
  const side = Math.min(printing ? 44 : 62, Math.floor(width / COLUMNS));
  const left = Math.max(0, (width - side * COLUMNS) / 2);
  const tight = side < 50;
  const label = ([, names, code]) => (tight && document.documentElement.dataset.language !== "zh-CN" ? code : say(names));
  return {
    height: side * ROWS + 4,
    option: {
      grid: { left, top: 2, width: side * COLUMNS, height: side * ROWS, outerBoundsMode: "none" },
      xAxis: { type: "value", min: 0, max: COLUMNS, show: false }, yAxis: { type: "value", min: 0, max: ROWS, inverse: true, show: false },
      tooltip: { formatter: ({ dataIndex }) => { const tile = data.tiles[dataIndex]; return lines(persona, say(tile[1]).replace("-\n", "").replace("\n", " "), rows.get(tile[0])); } },
      series: [{
        type: "custom", data: data.tiles.map(([, , , column, row]) => [column, row]), encode: { x: 0, y: 1 },
        renderItem: ({ dataIndexInside }, api) => {
          const tile = data.tiles[dataIndexInside], row = rows.get(tile[0]);
          const [x, y] = api.coord([tile[3], tile[4]]);
          const fill = tint(row, color), ink = readable(fill, color.ink, color.paper);
          const known = row && !row[HIDDEN] && row[TGI] != null;
          const text = (content, top, size, weight, opacity) => ({ type: "text", silent: true, style: { x: x + side / 2, y: y + top, text: content, align: "center", verticalAlign: "middle", fill: known ? ink : color.muted, fontSize: size, lineHeight: size + 1, fontWeight: weight, opacity, fontFamily: color.sans } });
          return {
            type: "group",
            children: [
              { type: "rect", shape: { x: x + 1.5, y: y + 1.5, width: side - 3, height: side - 3, r: 4 }, style: { fill, stroke: known ? null : color.line, lineDash: row?.[HIDDEN] ? [3, 3] : null, lineWidth: 1 } },
              text(label(tile), side * 0.36, tight ? 10 : 11, 500, 1),
              text(known ? format.number(row[TGI]) : row?.[HIDDEN] ? fewer() : "–", side * 0.74, tight ? 9.5 : 11, 600, known ? 1 : 0.8),
            ],
          };
        },
      }],
    },
  };
}

function areas(persona, rows, { color, width, printing }) {
  const names = new Map(data.tiles.map(([name, labels]) => [name, labels]));
  const named = (name) => say(names.get(name) ?? [name]).replace("-\n", "").replace("\n", " ");
  return {
    height: Math.min(printing ? 320 : 460, width * 0.8),
    option: {
      tooltip: { formatter: ({ name }) => lines(persona, named(name), rows.get(name)) },
      series: [{
        type: "map", map: "areas", roam: false, left: 4, right: 4, top: 4, bottom: 4, selectedMode: false,
        itemStyle: { areaColor: color.surface, borderColor: color.muted, borderWidth: 0.6 }, emphasis: { label: { show: true, color: color.ink }, itemStyle: { areaColor: color.pale } },
        label: { show: width >= 420, fontSize: 10, formatter: ({ name }) => named(name), color: color.ink },
        labelLayout: { hideOverlap: true },
        data: data.areas.features.map(({ properties: { name } }) => ({ name, value: rows.get(name)?.[TGI] ?? null, itemStyle: { areaColor: tint(rows.get(name), color) }, label: { color: readable(tint(rows.get(name), color), color.ink, color.paper) } })),
      }],
    },
  };
}
