// The search box over the tag tree.
const { data, t } = globalThis.report;
const field = document.getElementById("tag-search");

globalThis.report.tags = { refresh: () => {} };
if (field) {
  const found = document.getElementById("tag-found");
  const total = Number(found.dataset.total);
  const dimensions = [...document.querySelectorAll("#tag-tree .dimension")];
  const tags = [...document.querySelectorAll("#tag-tree .tag")].map((element) => ({
    element,
    text: element.textContent.toLocaleLowerCase(),
  }));
  const openBefore = dimensions.map(({ open }) => open);

  const search = () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    let count = 0;
    for (const { element, text } of tags) {
      element.hidden = wanted !== "" && !text.includes(wanted);
      if (!element.hidden) count += 1;
    }
    dimensions.forEach((dimension, index) => {
      const categories = [...dimension.querySelectorAll(".category")];
      for (const category of categories) category.hidden = !category.querySelector(".tag:not([hidden])");
      dimension.hidden = categories.every(({ hidden }) => hidden);
      dimension.open = wanted ? !dimension.hidden : openBefore[index];
    });
    document.getElementById("tag-none").hidden = count > 0;
    found.textContent = wanted ? t("tags.found", { count, total }) : "";
  };

  field.addEventListener("input", search);
  globalThis.report.tags.refresh = () => {
    field.placeholder = t(field.dataset.hint);
    search();
  };
}
