// People: the list with its filters, and a person's card.

const SUBSCRIPTIONS = [
  ["", "any"],
  ["subscribed", "subscribed"],
  ["unsubscribed", "unsubscribed"],
  ["pending", "pending"],
  ["not_set", "not set"],
];
const SORTS = {
  newest: ["newest first", null],
  changed: ["changed last", (one, other) => other.updated.localeCompare(one.updated)],
  name: ["by name", (one, other) => titleOf(one).localeCompare(titleOf(other))],
};

function titleOf(person) {
  return (
    person.name || person.emails[0]?.text || person.login?.text || person.phones[0]?.text || ""
  );
}

function searchablePerson(person) {
  const login = person.login ? [person.login.text] : [];
  const words = [person.first, person.last, ...person.emails.map(({ text }) => text), ...login];
  return Object.assign(person, { texts: textsOf(words, person.phones) });
}

const people = (data) => ({
  title: "People",
  noun: ["person", "people"],
  total: data.counts.people,
  hint: "Name, address or last digits",
  choices: (state) => [
    ["Label", "label", [["", "any"], ...data.labels.map(({ name }) => [name, name])]],
    [
      "Members",
      "member",
      [
        ["", "any"],
        ["yes", "members"],
        ["no", "no members"],
      ],
    ],
    ["Mail", "subscription", SUBSCRIPTIONS],
    ["Order", "sort", Object.entries(SORTS).map(([key, [text]]) => [key, text])],
  ],
  items: (state) => {
    const fits = data.people.filter(
      (person) =>
        (!state.label || person.labels.includes(state.label)) &&
        (!state.member || (person.login !== null) === (state.member === "yes")) &&
        (!state.subscription || person.subscription === state.subscription),
    );
    const order = SORTS[state.sort]?.[1];
    return searched(order ? fits.sort(order) : fits, state.text ?? "");
  },
  find: (id) => data.peopleById.get(id),
  row: (person) => [
    element(
      "span",
      { class: "title" },
      titleOf(person) ? foreign(titleOf(person)) : "nobody named",
    ),
    element("span", { class: "under" }, foreign(person.name ? secondLine(person) : "")),
    element(
      "span",
      { class: "badges" },
      standing(person),
      person.labels.map((each) => badge(each)),
    ),
  ],
  detail: (person) => card(person, data),
});

function secondLine(person) {
  return person.emails[0]?.text ?? person.login?.text ?? person.phones[0]?.text ?? "";
}

function standing(person) {
  const member = person.login ? [badge("member", "calm")] : [];
  const said = { subscribed: "good", unsubscribed: "bad", pending: "warn" }[person.subscription];
  return said ? [...member, badge(person.subscription, said)] : member;
}

function card(person, data) {
  const mails = data.mailsByContact.get(person.id) ?? [];
  return [
    element("h2", {}, titleOf(person) ? foreign(titleOf(person)) : "nobody named"),
    element(
      "p",
      { class: "badges" },
      standing(person),
      person.labels.map((each) => badge(each)),
    ),
    person.emails.length || person.login ? part("Email addresses", addresses(person)) : null,
    person.phones.length
      ? part(
          "Phone numbers",
          table(
            "As typed, and the key it is found by",
            ["number", "match key"],
            person.phones.map(({ text, match }) => [
              foreign(text),
              match ? element("code", {}, match) : "none: a placeholder finds nobody",
            ]),
          ),
        )
      : null,
    person.fields.length
      ? part(
          "Custom fields",
          facts(person.fields.map(({ name, value }) => [foreign(name), foreign(value)])),
        )
      : null,
    part(
      "Details",
      facts([
        ["first name", person.first && foreign(person.first)],
        ["last name", person.last && foreign(person.last)],
        ["language", person.language && foreign(person.language)],
        ["picture", person.picture && foreign(person.picture)],
        ["created", time(person.created)],
        ["changed", time(person.updated)],
        ["revision", String(person.revision)],
        ["id", element("code", {}, person.id)],
        ["merged into it", person.merged.map((id) => element("code", {}, `${id} `))],
      ]),
    ),
    part(
      `Mails (${mails.length})`,
      mails.length
        ? list(
            mails.map((mail) => [
              link("mails", mail.id, foreign(mail.subject || "no subject")),
              " ",
              statusBadge(mail),
              " ",
              time(mail.created),
            ]),
            "plain",
          )
        : element("p", {}, "None on this page."),
    ),
    part("History", history(person)),
  ];
}

function addresses(person) {
  const rows = person.emails.map((each) => [each, ""]);
  if (person.login) rows.push([person.login, "logs in with it"]);
  const remarks = rows.map(([{ suppressed }, remark]) =>
    [remark, suppressed ? badge(`no mail: ${suppressed}`, "bad") : ""].filter(Boolean),
  );
  const hasRemarks = remarks.some((each) => each.length);
  return table(
    "As typed, and the key it is found by",
    ["address", "match key", ...(hasRemarks ? ["remarks"] : [])],
    rows.map(([{ text, match }], at) => [
      foreign(text),
      element("code", {}, foreign(match ?? "")),
      ...(hasRemarks ? [remarks[at]] : []),
    ]),
  );
}

function history(person) {
  return element(
    "ol",
    { class: "history" },
    person.history.map((change) =>
      element(
        "li",
        {},
        element("p", {}, element("code", {}, change.verb), " ", time(change.at)),
        change.changed.length
          ? list(
              change.changed.map(({ member, before, after }) => [
                foreign(member),
                ": ",
                before === null ? "" : [element("del", {}, foreign(before)), " "],
                after === null ? element("em", {}, "removed") : element("ins", {}, foreign(after)),
              ]),
              "changes",
            )
          : null,
      ),
    ),
  );
}
