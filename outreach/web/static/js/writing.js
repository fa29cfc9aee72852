// Markdown made easy: a small toolbar above texts, and clean words from whatever is pasted.

import { asMarkdown } from "./pasting.js";

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
