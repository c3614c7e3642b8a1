// What the console does in the browser by itself: remember how it is read, keys, files, sign out.
const YEAR = 365 * 24 * 3600;
const base = document.currentScript.src.replace(/\/console\/static\/console\.js.*$/, "");

function keep(name, value) {
  const path = new URL(base + "/").pathname;
  document.cookie = `huaxiang_${name}=${value}; path=${path}; max-age=${YEAR}; samesite=lax`;
}

const kept = (name) => document.cookie.split("; ").some((each) => each.startsWith(`huaxiang_${name}=`));

// The server draws the first page light; who prefers dark gets it again, once.
if (!kept("mode") && navigator.cookieEnabled) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  keep("mode", dark ? "dark" : "light");
  if (dark && kept("mode")) location.reload();
}

function download(url, name) {
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

globalThis.huaxiang = {
  remember(name, value) {
    keep(name, value);
    location.reload();
  },
  download,
  async signOut() {
    await fetch(`${base}/sign-out`, { method: "POST", headers: { "X-Requested-With": "huaxiang" } });
    location.assign(`${base}/sign-in`);
  },
};

// "/" searches, "g" and a letter goes to a place; not while somebody writes.
let going = false;
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select, [contenteditable=true]");
  if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector(".search input")?.focus();
  } else if (going) {
    going = false;
    document.querySelector(`.place[data-key="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "g") {
    going = true;
    setTimeout(() => (going = false), 1500);
  }
});

// What scrolls sideways can be scrolled with keys: tables that are wider than the page.
new MutationObserver(() => {
  for (const wide of document.querySelectorAll(".q-table__middle:not([tabindex])")) wide.tabIndex = 0;
}).observe(document.documentElement, { childList: true, subtree: true });
