// Mails: the outbox, and one mail with its preview, headers, variables and what senders answered.

const KINDS = {
  queued: "calm",
  claimed: "calm",
  sending: "calm",
  sent: "good",
  failed: "bad",
  uncertain: "warn",
  cancelled: "",
  suppressed: "warn",
  erased: "",
};
// What each state means, and whose turn it is; with the reason where that says more.
const MEANINGS = {
  queued: "It waits to be delivered.",
  "queued stale":
    "It is held back, until somebody asks for it: it waited for more than a day, or was recorded " +
    "before the first delivery.",
  "queued deferred": "A sender could not take it just now; it is tried again.",
  claimed: "A program has it in hand.",
  sending: "A program is handing it over just now.",
  sent: "A sender took it.",
  failed: "It will not be sent.",
  "failed refused": "A server refused it for good.",
  "failed gave_up": "It could not be delivered for five days.",
  "failed expired": "Its time was over before it could be sent.",
  "failed unmailable": "It can't be written as a mail.",
  uncertain: "Whether it went is not known.",
  "uncertain unanswered": "Whether it went is not known; it is tried once more.",
  "uncertain undecided": "Whether it went is not known, twice. Somebody must say: outbox resolve.",
  cancelled: "Somebody cancelled it.",
  suppressed: "Nobody is to mail this address.",
  "suppressed unsubscribed": "The person wants no mail.",
  "suppressed bounced": "The address does not exist.",
  "suppressed complained": "The person complained of mail.",
  "suppressed deleted": "The contact was deleted.",
  erased: "The person was erased; only the fact of a mail is left.",
};

const statusBadge = (mail) => badge(mail.status, KINDS[mail.status] ?? "");

function searchableMail(mail) {
  const words = [mail.subject, mail.to, mail.toName, mail.emailId, mail.status, mail.reason ?? ""];
  return Object.assign(mail, { texts: textsOf(words, []) });
}

const mails = (data) => ({
  title: "Outbox",
  noun: ["mail", "mails"],
  total: data.counts.mails,
  hint: "Subject, recipient or template",
  choices: () => [
    [
      "State",
      "status",
      [["", "any"], ...Object.keys(data.store.statuses).map((each) => [each, each])],
    ],
    ["Triggered Email", "template", [["", "any"], ...data.usedTemplates.map((id) => [id, id])]],
  ],
  items: (state) =>
    searched(
      data.mails.filter(
        (mail) =>
          (!state.status || mail.status === state.status) &&
          (!state.template || mail.emailId === state.template),
      ),
      state.text ?? "",
    ),
  find: (id) => data.mailsById.get(id),
  row: (mail) => [
    element("span", { class: "title" }, foreign(mail.subject || "no subject")),
    element(
      "span",
      { class: "under" },
      foreign(mail.toName ? `${mail.toName} <${mail.to}>` : mail.to),
    ),
    element(
      "span",
      { class: "badges" },
      statusBadge(mail),
      mail.reason ? badge(mail.reason) : "",
      time(mail.created),
    ),
  ],
  detail: (mail) => letter(mail, data),
});

function letter(mail, data) {
  const person = data.peopleById.get(mail.contactId);
  return [
    element("h2", {}, foreign(mail.subject || "no subject")),
    element("p", { class: "badges" }, statusBadge(mail), mail.reason ? badge(mail.reason) : ""),
    element("p", {}, MEANINGS[`${mail.status} ${mail.reason}`] ?? MEANINGS[mail.status] ?? ""),
    facts([
      ["next", mail.due && ["queued", "uncertain"].includes(mail.status) ? time(mail.due) : ""],
      ["recorded", time(mail.created)],
      ["changed", mail.updated === mail.created ? "" : time(mail.updated)],
      ["expires", time(mail.expires)],
      [
        "to",
        person ? link("people", person.id, foreign(titleOf(person) || mail.to)) : foreign(mail.to),
      ],
      ["made by", link("templates", mail.emailId, foreign(mail.emailId))],
    ]),
    part("Preview", body(mail, data)),
    part(
      "Headers",
      facts(
        mail.headers.map(([name, value]) => [
          name,
          value ? foreign(value) : element("em", {}, "set when a sender is asked first"),
        ]),
      ),
    ),
    mail.variables.length
      ? part(
          "Variables",
          table(
            "What each variable was in this mail",
            ["variable", "value", ""],
            mail.variables.map(({ name, value, fellBack }) => [
              element("code", {}, name),
              foreign(value ?? ""),
              fellBack ? badge("fell back", "warn") : "",
            ]),
          ),
        )
      : null,
    part(
      `Attempts (${mail.answers.length})`,
      mail.answers.length
        ? table(
            "What senders answered",
            ["", "when", "sender", "outcome", "where", "code", "answer"],
            mail.answers.map((each) => [
              String(each.number),
              time(each.at),
              foreign(each.sender),
              each.outcome,
              each.stage,
              each.code,
              foreign(each.response),
            ]),
          )
        : element("p", {}, "No sender was asked."),
    ),
    facts([
      ["idempotency key", mail.idempotencyKey && foreign(mail.idempotencyKey)],
      ["contact", element("code", {}, mail.contactId)],
      ["id", element("code", {}, mail.id)],
    ]),
  ];
}

function body(mail, data) {
  if (mail.text === null) {
    return element(
      "p",
      {},
      data.redacted ? "Left out." : "Left out: the texts of newer mails fill this page.",
    );
  }
  const text = element(
    "pre",
    { dir: "auto", tabindex: "0", "aria-label": "Text of the mail" },
    mail.text,
  );
  if (mail.html === null) {
    return [
      data.redacted
        ? element("p", { class: "note" }, "The html is left out of a redacted page.")
        : null,
      text,
    ];
  }
  return [
    preview(mail.html, `Preview: ${mail.subject}`),
    element("details", {}, element("summary", {}, "The text of it"), text),
    element(
      "details",
      {},
      element("summary", {}, "Its html, as it is sent"),
      element("pre", { tabindex: "0", "aria-label": "Html of the mail" }, mail.html),
    ),
  ];
}
