// Language, appearance, persona tabs, the mark in the contents, paper – and the first drawing.
const { data, root, say, t, remember, drawing, compare, tags } = globalThis.report;

const dark = matchMedia("(prefers-color-scheme: dark)");

function refresh() {
  document.title = `${say(data.title)} · ${t("title")}`;
  for (const button of document.querySelectorAll("[data-set-language]"))
    button.setAttribute("aria-pressed", button.dataset.setLanguage === root.dataset.language);
  for (const button of document.querySelectorAll("[data-set-mode]"))
    button.setAttribute("aria-pressed", button.dataset.setMode === root.dataset.choice);
  tags.refresh();
  drawing.drawAll();
  compare.refresh();
}

function setMode(choice) {
  root.dataset.choice = choice;
  root.dataset.mode = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
}

for (const button of document.querySelectorAll("[data-set-language]"))
  button.addEventListener("click", () => {
    root.lang = root.dataset.language = button.dataset.setLanguage;
    remember("language", root.lang);
    refresh();
  });
for (const button of document.querySelectorAll("[data-set-mode]"))
  button.addEventListener("click", () => {
    setMode(button.dataset.setMode);
    remember("mode", root.dataset.choice);
    refresh();
  });
dark.addEventListener("change", () => {
  if (root.dataset.choice !== "auto") return;
  setMode("auto");
  refresh();
});

// Persona tabs, by the keyboard pattern of WAI-ARIA.
const tabs = [...document.querySelectorAll("#persona-tabs [role=tab]")];
function choose(tab, focus = true) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", on);
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).classList.toggle("persona-away", !on);
  }
  if (focus) tab.focus({ preventScroll: true });
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  drawing.drawChanged();
}
tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) choose(tabs[(index + step + tabs.length) % tabs.length]);
    if (key === "Home") choose(tabs[0]);
    if (key === "End") choose(tabs.at(-1));
  });
});

// The section being read is marked in the contents.
const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      const link = links.get(target.id);
      link.setAttribute("aria-current", "location");
      const list = link.closest(".contents");
      if (list.scrollWidth > list.clientWidth) list.scrollLeft = link.offsetLeft - list.clientWidth / 3;
    }
  },
  { rootMargin: "-20% 0px -70% 0px" },
);
for (const section of document.querySelectorAll("main > .section")) seen.observe(section);

// Paper is light, and everything that folds is open.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.open-in-print:not([open])")];
  for (const details of folded) details.open = true;
  root.dataset.mode = "light";
  drawing.print(true);
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
  setMode(root.dataset.choice);
  drawing.print(false);
});
document.getElementById("print").addEventListener("click", () => print());

refresh();
