// What is beside people and mails: Triggered Emails, labels, fields, duplicates, the store itself.

const templates = (data) => ({
  title: "Triggered Emails",
  noun: ["Triggered Email", "Triggered Emails"],
  total: data.templates.length,
  hint: "Id or subject",
  choices: () => [],
  items: (state) => searched(data.templates, state.text ?? ""),
  find: (id) => data.templates.find((each) => each.id === id),
  row: (template) => [
    element("span", { class: "title" }, foreign(template.id)),
    element("span", { class: "under" }, foreign(template.subject)),
    element("span", { class: "badges" }, badge(counted(template.used, "mail"))),
  ],
  detail: (template) => [
    element("h2", {}, foreign(template.id)),
    facts([
      ["subject", foreign(template.subject)],
      ["from", template.from && foreign(template.from)],
      ["unsubscribe", template.unsubscribeUrl && foreign(template.unsubscribeUrl)],
      ["mails on this page", String(template.used)],
      ["revision", String(template.revision)],
      ["saved", time(template.updated)],
    ]),
    template.variables.length
      ? part(
          "Variables",
          table(
            "What stands where none is given",
            ["variable", "fallback"],
            template.variables.map(({ name, fallback }) => [
              element("code", {}, name),
              fallback === null ? badge("required", "warn") : foreign(fallback),
            ]),
          ),
        )
      : null,
    template.html === null ? null : part("Html", preview(template.html, `Preview: ${template.id}`)),
    template.text === null
      ? null
      : part(
          "Text",
          element(
            "pre",
            { dir: "auto", tabindex: "0", "aria-label": "Text of the template" },
            template.text,
          ),
        ),
  ],
});

const names = (data, show) => ({
  title: "Labels and fields",
  whole: () => [
    element("h2", {}, "Labels"),
    data.labels.length
      ? table(
          "Labels, oldest first",
          ["label", "key", "people", "made"],
          data.labels.map(({ name, key, people: count, created }) => [
            labelled(name, show),
            element("code", {}, key),
            count.toLocaleString("en"),
            time(created),
          ]),
        )
      : element("p", {}, "There are none."),
    element("h2", {}, "Custom fields"),
    data.fields.length
      ? table(
          "Custom fields, oldest first",
          ["field", "type", "key", "people", "made"],
          data.fields.map(({ name, type, key, people: count, created }) => [
            foreign(name),
            type,
            element("code", {}, key),
            count.toLocaleString("en"),
            time(created),
          ]),
        )
      : element("p", {}, "There are none."),
  ],
});

function labelled(name, show) {
  const button = element("button", { type: "button", class: "quiet" }, foreign(name));
  button.addEventListener("click", () => show("people", { label: name }));
  return button;
}

const GROUPS = { email: "the address", phone: "the number", name: "the name" };

const duplicates = (data) => ({
  title: "Duplicates",
  total: data.duplicates.length,
  whole: () => [
    element("h2", {}, "May be one person"),
    groups(
      data,
      true,
      "Nobody shares an address or a number, or a name with addresses a slip apart.",
    ),
    element("h2", {}, "Shared by many"),
    groups(data, false, "No key is shared by more than a few."),
    data.leftOut.groups
      ? element("p", { class: "note" }, "There are more than fit on this page.")
      : null,
  ],
});

function groups(data, proposed, nothing) {
  const found = data.duplicates.filter((group) => group.proposed === proposed);
  if (!found.length) return element("p", {}, nothing);
  return list(
    found.map((group) => [
      element(
        "p",
        {},
        `${counted(group.count, "contact")} with ${GROUPS[group.kind]} `,
        element("code", {}, foreign(group.match)),
      ),
      list(group.people.map((person) => namesake(person, data))),
    ]),
    "plain groups",
  );
}

function namesake(person, data) {
  const [first = person.id, ...others] = [person.name, ...person.emails, ...person.phones].filter(
    Boolean,
  );
  return [
    data.peopleById.has(person.id) ? link("people", person.id, foreign(first)) : foreign(first),
    ...others.map((each) => [" ", element("span", { class: "under" }, foreign(each))]),
  ];
}

const store = (data) => ({
  title: "Store",
  whole: () => [
    element("h2", {}, "The file"),
    facts([
      ["path", foreign(data.store.path)],
      ["region of its numbers", data.store.region ?? "none: numbers need their country code"],
      ["schema", String(data.store.schema)],
      ["people", data.counts.people.toLocaleString("en")],
      ["mails", data.counts.mails.toLocaleString("en")],
      [
        "of them",
        Object.entries(data.store.statuses).map(([status, count]) => [
          badge(`${count.toLocaleString("en")} ${status}`, KINDS[status] ?? ""),
          " ",
        ]),
      ],
      ["written", [time(data.store.written), ` by wixcrm-local ${data.store.program}`]],
    ]),
    element("h2", {}, "Addresses that get no mail"),
    data.suppressions.length
      ? table(
          "Suppressed addresses",
          ["address", "reason", "note", "since"],
          data.suppressions.map((each) => [
            each.address ? foreign(each.address) : "of an erased person",
            each.reason,
            foreign(each.note),
            time(each.created),
          ]),
        )
      : element("p", {}, "There are none."),
    element("h2", {}, "Trash"),
    data.trash.length
      ? table(
          "Deleted, and not yet forgotten",
          ["name", "addresses", "deleted", "id"],
          data.trash.map((each) => [
            foreign(each.name),
            foreign(each.emails.join(", ")),
            time(each.deleted),
            element("code", {}, each.id),
          ]),
        )
      : element("p", {}, "It is empty."),
    data.imports.length
      ? [
          element("h2", {}, "Imports"),
          table(
            "Files that were brought in",
            ["receipt", "format", "rows", "begun", "state"],
            data.imports.map((each) => [
              element("code", {}, each.receipt),
              each.format,
              Object.entries(each.rows).map(
                ([name, count]) => `${count.toLocaleString("en")} ${name} `,
              ),
              time(each.started),
              each.undone ? "undone" : each.finished ? "done" : "not finished",
            ]),
          ),
        ]
      : null,
    data.breakers.length
      ? [
          element("h2", {}, "Senders that could not be reached"),
          table(
            "Left alone until then",
            ["sender", "failures in a row", "until", "answer"],
            data.breakers.map((each) => [
              foreign(each.sender),
              String(each.failures),
              time(each.until),
              foreign(each.response),
            ]),
          ),
        ]
      : null,
  ],
});
