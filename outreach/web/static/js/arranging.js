// Blocks change places without a new page: by their buttons, by Alt with an arrow key, by dragging.
// Without script each button is a form of its own.

import { flush, setVersion, showLetter, status } from "./saving.js";

const said = () => document.querySelector("[data-arranged]");
let dragged = null;

/** Post a move and show the list and the letter as the server now has them. */
async function move(action, fields, blockId, focused) {
  try {
    await flush();
  } catch {
    return;
  }
  const body = new URLSearchParams(fields);
  body.set("csrf_token", document.querySelector(".block-acts [name=csrf_token]").value);
  body.set("lock_version", document.querySelector(".block-acts [name=lock_version]").value);
  const answer = await fetch(action, { method: "POST", body, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = page.querySelector(".block-list");
  if (!answer.ok || !list) {
    window.location.reload();
    return;
  }
  const version = page.querySelector(".block-acts [name=lock_version]").value;
  reorder(list);
  document.querySelector("[data-edits]").replaceWith(page.querySelector("[data-edits]"));
  setVersion(version);
  showLetter(version);
  status(page.querySelector("[data-saved]").textContent);
  const complaint = page.querySelector(".alert-warning, .alert-caution");
  const block = document.querySelector(`[data-block="${blockId}"]`);
  const place = [...block.parentNode.children].indexOf(block) + 1;
  const name = block.querySelector("strong").textContent;
  said().textContent = complaint
    ? complaint.textContent.trim()
    : `${name} is now number ${place} of ${block.parentNode.children.length}.`;
  (block.querySelector(focused) ?? block.querySelector(".block-name")).focus();
}

/** Take over the new order and buttons, and leave the form that is open as it is. */
function reorder(list) {
  const here = document.querySelector(".block-list");
  for (const item of list.children) {
    const known = here.querySelector(`[data-block="${item.dataset.block}"]`);
    if (!known) continue;
    known.querySelector(".block-acts").replaceWith(item.querySelector(".block-acts"));
    here.append(known);
  }
}

function press(block, direction) {
  const button = `form[action*="/move-${direction}"]`;
  const form = block.querySelector(button);
  if (form) move(form.action, {}, block.dataset.block, `${button} button`);
}

export function startArranging(list) {
  list.addEventListener("submit", (event) => {
    const direction = /\/move-(up|down)(\?|$)/.exec(event.target.action)?.[1];
    if (!direction) return;
    event.preventDefault();
    press(event.target.closest("[data-block]"), direction);
  });
  list.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const block = event.target.closest?.(".block-line")?.parentNode;
    if (!event.altKey || !direction || !block) return;
    event.preventDefault();
    press(block, direction);
  });
  for (const line of list.querySelectorAll("[data-block] > .block-line")) {
    if (line.querySelector(".block-acts")) line.draggable = true;
  }
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-block]");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    mark(list, event.target.closest("[data-block]"));
  });
  list.addEventListener("dragend", () => {
    mark(list, null);
    dragged = null;
  });
  list.addEventListener("drop", (event) => {
    const target = event.target.closest("[data-block]");
    mark(list, null);
    if (!dragged || !target || target === dragged) return;
    event.preventDefault();
    const to = [...list.children].indexOf(target);
    move(dragged.dataset.place, { to }, dragged.dataset.block, ".block-name");
  });
}

function mark(list, target) {
  for (const item of list.children) item.classList.toggle("is-target", item === target);
}
