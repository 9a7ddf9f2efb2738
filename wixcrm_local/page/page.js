// The page itself: which part is shown, and the detail beside the list. Where it is stands in the
// address, so that Back works; how a list is filtered stands in history.state, which survives
// loading anew.

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const remembered = () => window.history.state ?? {};
const state = { filters: {}, shown: {}, ...remembered() };
let lastInput = 0;
let remembering; // the timer of rememberSoon
let current = null; // what is rendered: { section, id }

function prepare() {
  learnFolding(data.folding);
  data.people.forEach(searchablePerson);
  data.mails.forEach(searchableMail);
  data.peopleById = new Map(data.people.map((each) => [each.id, each]));
  data.mailsById = new Map(data.mails.map((each) => [each.id, each]));
  data.mailsByContact = grouped(data.mails, (each) => each.contactId);
  const used = grouped(data.mails, (each) => each.emailId);
  data.usedTemplates = [...used.keys()].sort();
  for (const each of data.templates) {
    Object.assign(each, {
      used: used.get(each.id)?.length ?? 0,
      texts: textsOf([each.id, each.subject], []),
    });
  }
}

function grouped(items, key) {
  const found = new Map();
  for (const item of items) {
    if (!found.has(key(item))) found.set(key(item), []);
    found.get(key(item)).push(item);
  }
  return found;
}

prepare();
const sections = {
  people: people(data),
  mails: mails(data),
  templates: templates(data),
  names: names(data, show),
  duplicates: duplicates(data),
  store: store(data),
};

function place() {
  const [section, ...id] = window.location.hash.slice(1).split("/");
  const known = Object.hasOwn(sections, section) ? section : "people";
  let wanted = id.join("/");
  try {
    wanted = decodeURIComponent(wanted);
  } catch {
    wanted = "";
  }
  return { section: known, id: wanted || null };
}

// Another part of the store, filtered so.
function show(section, filters) {
  state.filters[section] = filters;
  window.location.hash = `#${section}`;
}

function remember() {
  window.history.replaceState({ ...state, scrolled: scrolled() }, "");
}

// Browsers refuse to be told at each key.
function rememberSoon() {
  clearTimeout(remembering);
  remembering = setTimeout(remember, 300);
}

const scrolled = () => ["list", "detail"].map((id) => at(id).scrollTop);

function render() {
  const next = place();
  const isOther = current?.section !== next.section;
  const section = sections[next.section];
  for (const each of document.querySelectorAll("#sections a")) {
    const isHere = each.hash === `#${next.section}`;
    isHere ? each.setAttribute("aria-current", "page") : each.removeAttribute("aria-current");
  }
  document.body.classList.toggle("whole", Boolean(section.whole));
  if (section.whole)
    at("list").replaceChildren(
      element("h2", { id: "list-title", class: "unseen" }, section.title),
      ...flat(section.whole()),
    );
  else if (isOther) renderList(next.section, section);
  renderDetail(section, next.id);
  markChosen(next);
  document.title = `${section.title} – ${data.store.name}`;
  current = next;
}

const flat = (parts) => [parts].flat(Infinity).filter((each) => each !== null && each !== "");

function renderDetail(section, id) {
  const item = id !== null && section.find?.(id);
  document.body.classList.toggle("has-detail", id !== null && !section.whole);
  if (section.whole) return at("detail").replaceChildren();
  if (id === null)
    return at("detail").replaceChildren(
      element("p", { class: "empty" }, `Choose one of the list to see all of it.`),
    );
  const back = element("a", { class: "back", href: `#${place().section}` }, "← Back to the list");
  const parts = item
    ? section.detail(item)
    : [
        element("h2", {}, "Not on this page"),
        element(
          "p",
          {},
          "It is not in the store any more, or it was left out: see the note above.",
        ),
      ];
  at("detail").replaceChildren(...flat([back, element("article", {}, flat(parts))]));
  return undefined;
}

// What was opened is read from its top; who comes back is where they were.
function moved() {
  const before = current;
  render();
  rememberSoon();
  const isSame = before?.section === current.section;
  if (current.id !== null && (!isSame || before.id !== current.id)) {
    at("detail").scrollTop = 0;
    at("detail").focus({ preventScroll: true });
  } else if (isSame && before.id !== null) {
    const row = [...document.querySelectorAll("#rows a")].find(
      (each) => each.hash === `#${current.section}/${encodeURIComponent(before.id)}`,
    );
    (row ?? at("list")).focus();
  }
}

function renderFrame() {
  const path = data.store.path;
  data.store.name = path === ":memory:" ? "a store in memory" : path.split(/[\\/]/).pop();
  at("store-name").textContent = data.store.name;
  at("written").replaceChildren(
    "as of ",
    time(data.store.written),
    data.reloadEvery ? " · follows the store" : "",
  );
  at("sections").replaceChildren(
    ...Object.entries(sections).map(([name, section]) =>
      element(
        "li",
        {},
        element(
          "a",
          { href: `#${name}` },
          section.title,
          section.total === undefined
            ? ""
            : [" ", element("span", { class: "total" }, section.total.toLocaleString("en"))],
        ),
      ),
    ),
  );
  const notes = notices();
  at("notice").hidden = !notes.length;
  at("notice").textContent = notes.join(" ");
}

function notices() {
  const { people: persons, mails: letters, bodies } = data.leftOut;
  const notes = [];
  if (data.redacted) notes.push("Addresses and numbers are masked.");
  if (persons) notes.push(`${counted(persons, "older person", "older people")} left out.`);
  if (letters) notes.push(`${counted(letters, "older mail")} left out.`);
  if (bodies) notes.push(`The text of ${counted(bodies, "older mail")} left out.`);
  return notes;
}

renderFrame();
render();
restore();
window.addEventListener("hashchange", moved);
document.addEventListener("keydown", pressed);
document.addEventListener("input", () => {
  lastInput = Date.now();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  (at("search") ?? at("list")).focus();
});
if (data.reloadEvery) setInterval(reloadWhenQuiet, data.reloadEvery * 1000);
