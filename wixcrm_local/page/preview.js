// A mail as it looks. Law: nothing of it runs or fetches, three times over: it is taken apart
// first, its frame may nothing, and a policy holds in the frame.

// What a browser might ask the network for without a script, or be led away by.
const FETCHING = "script, link, meta, base, iframe, frame, frameset, object, embed, applet, portal";
const LEADING = (
  "href xlink:href action formaction ping srcset background poster longdesc cite data manifest " +
  "lowsrc dynsrc"
).split(" ");
const FRAME_HEAD = `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>
html { color-scheme: light; background: #fff; color: #111; font: 16px/1.5 system-ui, sans-serif; }
html { overflow-wrap: anywhere; }
a { color: #0b57d0; text-decoration: underline; }
</style>`;
// Both hand a text to a place where it stays inert: the page's policy wants that said.
const policies = globalThis.trustedTypes?.createPolicy("mail-preview", {
  createHTML: (text) => text,
});
const trusted = (html) => policies?.createHTML(html) ?? html;

function preview(html, title) {
  const { markup, pictures } = harmless(html);
  const frame = element("iframe", {
    sandbox: "",
    title,
    referrerpolicy: "no-referrer",
    class: "preview",
  });
  frame.srcdoc = trusted(markup);
  const note = pictures ? `${counted(pictures, "picture")} of the network not shown.` : null;
  return [frame, note ? element("p", { class: "note" }, note) : null];
}

// The mail as it looks, without what runs or fetches. It is taken apart in a document that does
// neither; links say where they lead, and lead nowhere.
function harmless(html) {
  const parsed = new DOMParser().parseFromString(trusted(html), "text/html");
  for (const each of parsed.querySelectorAll(FETCHING)) each.remove();
  let pictures = 0;
  for (const each of parsed.querySelectorAll("*")) {
    const target = each.getAttribute("href");
    for (const name of each.getAttributeNames()) {
      if (name.startsWith("on") || LEADING.includes(name)) each.removeAttribute(name);
    }
    if (target && each.localName === "a") each.setAttribute("title", target);
    const source = each.getAttribute("src");
    if (source !== null && !source.trim().toLowerCase().startsWith("data:image/")) {
      pictures += each.localName === "img" ? 1 : 0;
      each.removeAttribute("src");
    }
  }
  return {
    markup: `<!doctype html>${FRAME_HEAD}${parsed.head.innerHTML}${parsed.body.outerHTML}`,
    pictures,
  };
}
