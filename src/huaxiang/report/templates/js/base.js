// What every other module needs: the data, texts in the current language, numbers as its readers write them.
const data = JSON.parse(document.getElementById("report-data").textContent);
const root = document.documentElement;

const language = () => root.dataset.language;
const say = (pair) => pair[language() === "zh-CN" ? 1 : 0] ?? pair[0];

function t(key, figures = {}) {
  return say(data.texts[key]).replace(/\{(\w+)\}/g, (_, name) => figures[name]);
}

// Formatters are made once per language and kind: making one is slow, using it is not.
const formatters = new Map();
function formatter(options) {
  const key = language() + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat(language() === "en" ? "en-US" : language(), options));
  return formatters.get(key);
}

const shown = (value, options) => (value == null ? "–" : formatter(options).format(value).replace("-", "−"));
const money = { style: "currency", currency: data.currency, currencyDisplay: "narrowSymbol" };
const format = {
  number: (value, digits = 0) => shown(value, { maximumFractionDigits: digits, minimumFractionDigits: digits }),
  percent: (value, digits = 1) =>
    shown(value, { style: "percent", maximumFractionDigits: digits, minimumFractionDigits: digits }),
  points: (value, digits = 1) =>
    shown(value == null ? null : value * 100, {
      signDisplay: "exceptZero", maximumFractionDigits: digits, minimumFractionDigits: digits,
    }),
  money: (value) =>
    Math.abs(value) < 10000
      ? shown(value, { ...money, maximumFractionDigits: 0 })
      : shown(value, { ...money, notation: "compact", maximumFractionDigits: 1 }),
  measure: (value, type) => {
    if (value == null) return "–";
    if (type === "money") return format.money(value);
    const size = Math.abs(value);
    return format.number(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  },
};

function remember(name, value) {
  try {
    localStorage.setItem(`huaxiang.${name}`, value);
  } catch {
    // No storage: the choice lasts as long as the page.
  }
}

globalThis.report = { data, root, language, say, t, format, remember, charts: {} };
