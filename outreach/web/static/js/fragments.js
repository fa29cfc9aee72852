// data-fetch="/url": loaded after the page. HTML replaces the content; JSON {"key": 12} fills the
// [data-count="key"] inside. data-poll="2000" asks again while the page is visible, until the
// fragment holds [data-finished] or the answer is 204. A fragment with [data-outdated] says that the
// page around it no longer is true: the page is loaded anew, unless somebody is using it.

const SLOWEST = 30_000;

function fillCounts(root, counts) {
  for (const slot of root.querySelectorAll("[data-count]")) {
    const count = counts[slot.dataset.count];
    if (count !== undefined) slot.textContent = Number(count).toLocaleString("en");
  }
}

const FOCUSABLE = "a[href], button, summary, [tabindex]";

function isInUse(root) {
  return root.querySelector("input:focus, select:focus, textarea:focus, details[open]") !== null;
}

function replaceContent(root, html) {
  // Nothing is swapped under someone who is typing or has something open; a focused link or
  // button gets its focus back by its place.
  if (isInUse(root)) return;
  const place = [...root.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  root.innerHTML = html;
  if (place >= 0) root.querySelectorAll(FOCUSABLE)[place]?.focus();
}

async function load(root) {
  const answer = await fetch(root.dataset.fetch, {
    headers: { "X-Requested-With": "fetch" },
    credentials: "same-origin",
  });
  if (answer.status === 204) return true;
  // A redirect leads to the sign-in page: that must not appear inside this one.
  if (!answer.ok || answer.redirected) throw new Error(`fragment answered ${answer.status}`);
  if (answer.headers.get("Content-Type")?.includes("json")) fillCounts(root, await answer.json());
  else replaceContent(root, await answer.text());
  if (root.querySelector("[data-outdated]")) {
    if (isInUse(document)) return false;
    location.reload();
    return true;
  }
  return root.querySelector("[data-finished]") !== null;
}

function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener("visibilitychange", () => resolve(visible()), { once: true }),
  );
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function poll(root, interval) {
  let wait = 0; // the first answer is wanted now, not after the first pause
  while (root.isConnected) {
    await pause(wait);
    await visible();
    try {
      if (await load(root)) return;
      wait = interval;
    } catch {
      wait = Math.min(Math.max(wait * 2, interval), SLOWEST);
    }
  }
}

export function startFetching() {
  for (const root of document.querySelectorAll("[data-fetch]")) {
    const interval = Number(root.dataset.poll);
    if (interval) poll(root, interval);
    else load(root).catch(() => {}); // the page is complete without it
  }
}
