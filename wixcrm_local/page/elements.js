// Makes elements. Law: a text becomes a text node, so nothing in it is ever markup; no attribute
// comes from the store but titles, targets of our own links, and times.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
  return made;
}

// A text of somebody else's, whose direction stays its own.
const foreign = (text) => element("bdi", {}, text);

const badge = (text, kind = "") => element("span", { class: `badge ${kind}` }, foreign(text));

const link = (section, id, ...children) =>
  element("a", { href: `#${section}/${encodeURIComponent(id)}` }, children);

function time(stamp) {
  if (!stamp) return "";
  const moment = new Date(stamp);
  const shown = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return element("time", { datetime: stamp, title: `${stamp}` }, shown);
}

function counted(number, noun, nouns = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
}

// Names and values, without those that have none.
function facts(pairs) {
  const rows = pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .filter(([, value]) => !Array.isArray(value) || value.length)
    .map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return element("dl", {}, rows);
}

function table(caption, headings, rows) {
  const cells = (row) => row.map((cell) => element("td", {}, cell ?? ""));
  return element(
    "div",
    { class: "scrolling", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          headings.map((one) => element("th", { scope: "col" }, one)),
        ),
      ),
      element(
        "tbody",
        {},
        rows.map((row) => element("tr", {}, cells(row))),
      ),
    ),
  );
}

function part(title, ...children) {
  return element("section", { class: "part" }, element("h3", {}, title), children);
}

const list = (items, kind = "") =>
  element(
    "ul",
    { class: kind },
    items.map((item) => element("li", {}, item)),
  );

function choice(label, name, value, options, changed) {
  const select = element(
    "select",
    { name },
    options.map(([key, text]) => element("option", { value: key, selected: key === value }, text)),
  );
  select.addEventListener("change", () => changed(name, select.value));
  return element("label", { class: "choice" }, element("span", {}, label), select);
}
