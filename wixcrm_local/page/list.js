// The list of a part: its search and filters, and its rows, a hundred at a time.

const FIRST = 100; // rows that are shown at once; more on request

function renderList(name, section) {
  const filters = (state.filters[name] ??= {});
  const changed = (key, value) => {
    filters[key] = value;
    state.shown[name] = FIRST;
    rememberSoon();
    renderRows(name, section);
  };
  const search = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: section.hint,
    value: filters.text ?? "",
    "aria-describedby": "count",
  });
  search.addEventListener("input", () => changed("text", search.value));
  at("list").replaceChildren(
    element("h2", { id: "list-title", class: "unseen" }, section.title),
    element(
      "form",
      { class: "filters", role: "search" },
      element(
        "label",
        { class: "search", for: "search" },
        element("span", { class: "unseen" }, `Search: ${section.hint}`),
        search,
      ),
      section
        .choices(filters)
        .map(([label, key, options]) => choice(label, key, filters[key] ?? "", options, changed)),
    ),
    element("p", { id: "count", role: "status" }),
    element("ul", { id: "rows" }),
    element("p", { id: "more" }),
  );
  at("list")
    .querySelector("form")
    .addEventListener("submit", (event) => event.preventDefault());
  renderRows(name, section);
}

function renderRows(name, section) {
  const found = section.items(state.filters[name]);
  const shown = Math.max(FIRST, state.shown[name] ?? 0);
  at("rows").replaceChildren(
    ...found
      .slice(0, shown)
      .map((item) =>
        element(
          "li",
          {},
          link(name, item.id, element("span", { class: "row" }, section.row(item))),
        ),
      ),
  );
  at("count").textContent = tally(found.length, section);
  const rest = found.length - shown;
  at("more").replaceChildren(...(rest > 0 ? [moreButton(rest, name, section)] : []));
  markChosen(place());
}

function tally(number, section) {
  const all = counted(section.total, ...section.noun);
  return number === section.total ? all : `${number.toLocaleString("en")} of ${all}`;
}

function moreButton(rest, name, section) {
  const button = element(
    "button",
    { type: "button" },
    `Show ${Math.min(rest, 2 * FIRST)} more of ${rest.toLocaleString("en")}`,
  );
  button.addEventListener("click", () => {
    const before = at("rows").children.length;
    state.shown[name] = before + 2 * FIRST;
    rememberSoon();
    renderRows(name, section);
    at("rows").children[before]?.querySelector("a").focus();
  });
  return button;
}
function markChosen({ section, id }) {
  const wanted = id === null ? null : `#${section}/${encodeURIComponent(id)}`;
  for (const each of document.querySelectorAll("#rows a")) {
    each.hash === wanted
      ? each.setAttribute("aria-current", "true")
      : each.removeAttribute("aria-current");
  }
}
