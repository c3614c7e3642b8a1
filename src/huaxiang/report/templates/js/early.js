// Runs before anything is painted: the reader's language and appearance, as chosen before or as the system has it.
(() => {
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(`huaxiang.${name}`);
    } catch {
      return null; // A file opened from disk may have no storage.
    }
  };
  const language = kept("language");
  if (language === "en" || language === "zh-CN") root.lang = root.dataset.language = language;
  const choice = kept("mode");
  root.dataset.choice = choice === "light" || choice === "dark" ? choice : "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.mode = root.dataset.choice === "auto" ? (dark ? "dark" : "light") : root.dataset.choice;
  root.classList.add("scripted");
})();
