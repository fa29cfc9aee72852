// Markdown made easy: a small toolbar above texts, and clean words from whatever is pasted.

const BUTTONS = [
  ["Bold", "B", (words) => `**${words || "words"}**`],
  ["Italic", "I", (words) => `*${words || "words"}*`],
  ["Link", "Link", (words) => `[${words || "words"}](https://)`],
  ["Heading", "Heading", (words) => `\n\n### ${words || "Heading"}\n\n`],
  ["List", "List", (words) => `\n\n${(words || "point").replace(/^(- )?/gm, "- ")}\n\n`],
];

function put(field, text) {
  field.focus();
  // The one way that keeps the field's own undo.
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function toolbar(field) {
  const bar = document.createElement("div");
  bar.className = "composer-toolbar";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Formatting");
  for (const [name, sign, written] of BUTTONS) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-sm";
    button.textContent = sign;
    if (sign !== name) button.setAttribute("aria-label", name);
    button.addEventListener("click", () => {
      put(field, written(field.value.slice(field.selectionStart, field.selectionEnd)));
    });
    bar.append(button);
  }
  field.before(bar);
}

const MARKS = { STRONG: "**", B: "**", EM: "*", I: "*" };
const LINES = new Set(["P", "DIV", "BLOCKQUOTE", "TABLE", "TR", "SECTION", "ARTICLE"]);
const SILENT = new Set(["STYLE", "SCRIPT", "TITLE", "META", "LINK", "SVG", "XML", "TEMPLATE"]);

/** Return what a piece of HTML says as the Markdown of our letters; all dress is dropped. */
export function asMarkdown(html) {
  // Our policy forbids inline styles, and says so even of a document nobody sees.
  const bare = html.replace(/\sstyle=/gi, " data-style=");
  const root = new DOMParser().parseFromString(bare, "text/html").body;
  return written(root, "")
    .replace(/\u00a0/g, " ")
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function written(node, indent) {
  if (node.nodeType === Node.TEXT_NODE) {
    return node.textContent.replace(/\s+/g, " ").replace(/([*_[\]`\\])/g, "\\$1");
  }
  if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.tagName)) return "";
  const inside = () => [...node.childNodes].map((child) => written(child, indent)).join("");
  const { tagName } = node;
  if (tagName === "BR") return "\n";
  // Word marks points of lists by a style alone, and writes their signs as words.
  const dress = node.dataset.style ?? "";
  if (/mso-list:\s*ignore/i.test(dress)) return "";
  if (tagName === "P" && /mso-list:/i.test(dress)) return wordPoint(node, dress);
  if (tagName === "TD" || tagName === "TH") return `${inside()} `;
  if (/^H[1-6]$/.test(tagName)) return `\n\n### ${inside().trim()}\n\n`;
  if (tagName === "LI") return listItem(node, indent);
  if (tagName === "A") return link(node, inside());
  // Google Docs wraps a whole copy into <b style="font-weight:normal">.
  const isPlain = /font-weight:\s*(normal|400)/.test(dress);
  if (tagName in MARKS && !isPlain) return marked(inside(), MARKS[tagName]);
  if (tagName === "SPAN" && inside().trim()) return asStyled(inside(), dress);
  if (tagName === "UL" || tagName === "OL") return `\n${inside().replace(/^\n+|\s+$/g, "")}\n`;
  return LINES.has(tagName) ? `\n\n${inside().trim()}\n\n` : inside();
}

function wordPoint(node, dress) {
  const depth = Number(/level(\d)/i.exec(dress)?.[1] ?? 1) - 1;
  const isNumbered = /^\s*\d+[.)]/.test(node.textContent);
  const words = [...node.childNodes].map((child) => written(child, "")).join("").trim();
  return `\n${"  ".repeat(depth)}${isNumbered ? "1." : "-"} ${words}`;
}

/** Google Docs and Word also say bold and italic by style. */
function asStyled(words, dress) {
  const isBold = /font-weight:\s*(bold|[6-9]00)/.test(dress);
  const isItalic = /font-style:\s*italic/.test(dress);
  const leaning = isItalic ? marked(words, "*") : words;
  return isBold ? marked(leaning, "**") : leaning;
}

function listItem(node, indent) {
  const inner = [...node.childNodes].map((child) => written(child, `${indent}  `)).join("").trim();
  const sign = node.parentNode.tagName === "OL" ? "1." : "-";
  return `\n${indent}${sign} ${inner.replace(/\n{2,}/g, "\n")}`;
}

function link(node, words) {
  const address = node.getAttribute("href") ?? "";
  const isSound = /^(https?:\/\/|mailto:)/i.test(address) && words.trim();
  return isSound ? `[${words.trim()}](${escaped(address)})` : words;
}

const escaped = (address) =>
  address.replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

function marked(words, mark) {
  const inner = words.trim();
  return inner ? words.replace(inner, `${mark}${inner}${mark}`) : words;
}

export function startWriting(form) {
  for (const field of form.querySelectorAll("textarea")) {
    const isMarkdown = ["markdown", "left", "right"].includes(field.name);
    if (isMarkdown) toolbar(field);
    field.addEventListener("paste", (event) => {
      const html = event.clipboardData.getData("text/html");
      if (!html || !isMarkdown) return;
      event.preventDefault();
      put(field, asMarkdown(html));
    });
  }
}
