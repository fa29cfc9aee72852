// Words pasted from a word processor or a web page as the Markdown of our letters: what they say
// stays, all dress goes, and so does what nobody was meant to read: remarks, struck-out and hidden
// words.

const MARKS = { STRONG: "**", B: "**", EM: "*", I: "*" };
const LINES = new Set(
  `P DIV BLOCKQUOTE TABLE CAPTION SECTION ARTICLE HEADER FOOTER MAIN NAV ASIDE ADDRESS FIGURE FIGCAPTION
   PRE DL DT DD DETAILS SUMMARY HR`.split(/\s+/),
);
const SILENT = new Set(
  `STYLE SCRIPT NOSCRIPT TITLE META LINK SVG XML TEMPLATE BUTTON SELECT TEXTAREA IFRAME OBJECT VIDEO
   AUDIO CANVAS DEL S STRIKE`.split(/\s+/),
);
const HIDDEN = /(display:\s*none|visibility:\s*hidden|mso-hide:\s*all|mso-element:\s*comment)/i;
const STRUCK = /text-decoration[^;]*line-through/i;
const REMARK = /^mso(com|comment)/i;
const LISTS = new Set(["UL", "OL"]);
const BREAK = "\u2028";
const DEEPER = "   ";
/** Raised and lowered figures have signs of their own: 10⁶ is not 106, and CO₂ needs no dress. */
const FIGURES = { SUP: [..."⁰¹²³⁴⁵⁶⁷⁸⁹"], SUB: [..."₀₁₂₃₄₅₆₇₈₉"] };

/** Return what a piece of HTML says as the Markdown of our letters. */
export function asMarkdown(html) {
  // Our policy forbids styles and handlers within a page, and says so even of one nobody sees.
  const bare = html
    .replace(/<(\/?)style\b/gi, "<$1template")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\s(style|on[a-z]+)\s*=/gi, " data-$1="));
  const root = new DOMParser().parseFromString(bare, "text/html").body;
  return written(root, "")
    .replace(/\u00a0/g, " ")
    .replace(/\*{4}/g, "") // one bold run right after another: Word cuts words anywhere
    .replace(/(\]\([^()\s]*\))(?=\[[^\]]*\]\()/g, "$1 ") // what only a page's dress kept apart
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n[ \t]+(?![ \t]|- |1\. )/g, "\n")
    .replace(/\s*\u2028\s*/g, broken)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** A break between two words stays one; at the end of a line it says nothing, two are a gap. */
function broken(run) {
  const lines = run.split("\n").length - 1;
  if (lines > 1 || run.split(BREAK).length > 2) return "\n\n";
  return lines ? "\n" : "\\\n";
}

function written(node, indent) {
  if (node.nodeType === Node.TEXT_NODE) {
    return node.textContent.replace(/\s+/g, " ").replace(/([*_[\]`\\])/g, "\\$1");
  }
  if (node.nodeType !== Node.ELEMENT_NODE || isUnsaid(node)) return "";
  const inside = () => [...node.childNodes].map((child) => written(child, indent)).join("");
  const { tagName } = node;
  if (tagName === "BR") return BREAK;
  const dress = dressOf(node);
  if (tagName === "P" && /mso-list:/i.test(dress)) return wordPoint(node, dress);
  if (tagName === "TR") return row(node);
  if (/^H[1-6]$/.test(tagName)) return `\n\n### ${inside().trim().replace(/\s+/g, " ")}\n\n`;
  if (tagName === "LI") return listItem(node, indent);
  if (tagName === "A") return link(node, inside());
  if (tagName in FIGURES) return raised(inside(), FIGURES[tagName]);
  // Google Docs wraps a whole copy into <b style="font-weight:normal">.
  const isPlain = /^(normal|400)/.test(styled(dress, "font-weight"));
  if (tagName in MARKS && !isPlain) return marked(inside(), MARKS[tagName]);
  if (tagName === "SPAN" && inside().trim()) return asStyled(inside(), dress);
  if (LISTS.has(tagName)) return list(node, indent);
  return LINES.has(tagName) ? `\n\n${inside().trim()}\n\n` : inside();
}

const dressOf = (node) => node.dataset.style ?? "";

/** What a style says of a property; Word has look-alikes, such as mso-bidi-font-weight. */
function styled(dress, property) {
  return new RegExp(`(?:^|;)\\s*${property}:\\s*([^;]*)`, "i").exec(dress)?.[1] ?? "";
}

/** Whether nobody was meant to read it in a letter, or Word wrote it to count its own points. */
function isUnsaid(node) {
  const dress = dressOf(node);
  return (
    SILENT.has(node.tagName.toUpperCase()) ||
    node.hidden ||
    HIDDEN.test(dress) ||
    STRUCK.test(dress) ||
    // Word marks points of lists by a style alone, and writes their signs as words.
    /mso-list:\s*ignore/i.test(dress) ||
    [...node.classList].some((name) => REMARK.test(name))
  );
}

function wordPoint(node, dress) {
  const depth = Number(/level(\d)/i.exec(dress)?.[1] ?? 1) - 1;
  const isNumbered = /^\s*\d+[.)]/.test(node.textContent);
  const words = [...node.childNodes].map((child) => written(child, "")).join("").trim();
  return `\n${DEEPER.repeat(depth)}${isNumbered ? "1." : "-"} ${words}`;
}

/** A letter has no tables: each row becomes a line, but for rows that only lay out a page. */
function row(node) {
  const cells = [...node.children].map((cell) => written(cell, "").trim()).filter(Boolean);
  const isLayout = cells.some((words) => words.includes("\n"));
  return `\n\n${cells.join(isLayout ? "\n\n" : " · ")}\n\n`;
}

function raised(words, signs) {
  return /^\d+$/.test(words.trim()) ? words.trim().replace(/\d/g, (one) => signs[one]) : words;
}

/** Google Docs and Word also say bold and italic by style. */
function asStyled(words, dress) {
  const isBold = /^(bold|[6-9]00)/.test(styled(dress, "font-weight"));
  const isItalic = /^italic/.test(styled(dress, "font-style"));
  const leaning = isItalic ? marked(words, "*") : words;
  return isBold ? marked(leaning, "**") : leaning;
}

/** Google Docs writes a list within a list right into the list, not into a point of it. */
function list(node, indent) {
  const isWithin = LISTS.has(node.parentNode.tagName);
  const deeper = isWithin ? indent + DEEPER : indent;
  const points = [...node.childNodes].map((child) => written(child, deeper)).join("");
  return `\n${points.replace(/^\n+|\s+$/g, "")}${isWithin ? "" : "\n"}`;
}

/** A point has no headings and no paragraphs: those become bold words and new lines. */
function listItem(node, indent) {
  const deeper = indent + DEEPER;
  const inner = [...node.childNodes].map((child) => written(child, deeper)).join("").trim();
  const sign = node.parentNode.tagName === "OL" ? "1." : "-";
  const lines = inner
    .replace(/^### (.*)$/gm, "**$1**")
    .replace(/\n\s*\n(?= *(?:-|1\.) )/g, "\n")
    .replace(/\n\s*\n/g, "\\\n");
  return `\n${indent}${sign} ${lines}`;
}

function link(node, words) {
  const address = node.getAttribute("href") ?? "";
  const isSound = /^(https?:\/\/|mailto:)/i.test(address) && words.trim();
  return isSound ? `[${words.trim()}](${escaped(address)})` : words;
}

const escaped = (address) =>
  address.replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

/** Put marks around words, paragraph by paragraph: they do not reach over its end. */
function marked(words, mark) {
  return words.replace(/[^\s](?:(?!\n\s*\n)[^])*/g, (part) => {
    const inner = part.trimEnd();
    if (!/[\p{L}\p{N}]/u.test(inner)) return part;
    return `${mark}${inner}${mark}${part.slice(inner.length)}`;
  });
}
