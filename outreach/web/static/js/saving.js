// Blocks save themselves ("saved 10:42") and the letter beside them follows; leaving with unsaved
// words asks first.

const CALM = 1200;
const BRIEF = 250;

let pending = async () => {};

/** Save what was typed and not saved yet, before something else changes the letter. */
export function flush() {
  return pending();
}

export function status(text, tone = "") {
  const line = document.querySelector("[data-saved]");
  if (!line) return;
  line.textContent = text;
  line.classList.toggle("is-waiting", tone === "waiting");
  line.classList.toggle("is-refused", tone === "refused");
}

export function showLetter(version) {
  const frame = document.querySelector("[data-letter]");
  const address = new URL(frame.src);
  address.searchParams.set("v", version);
  frame.src = address;
}

/** Let every button of the page carry the version the letter has now. */
export function setVersion(version) {
  for (const field of document.querySelectorAll("input[name=lock_version]")) field.value = version;
}

async function save(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) {
    throw new Error("Not saved: reload the page; copy your words first.");
  }
  const said = await answer.json();
  if (!answer.ok) throw new Error(`Not saved yet: ${said.message}`);
  setVersion(said.lock_version);
  const [undo, redo] = document.querySelectorAll("[data-edits] button");
  if (undo) [undo.disabled, redo.disabled] = [false, true];
  status(`saved ${said.saved}`);
  showLetter(said.lock_version);
}

export function startSaving(form) {
  let timer = 0;
  let isChanged = false;
  let isSaving = false;
  const autosaves = form.hasAttribute("data-autosave");

  const attempt = async () => {
    if (isSaving) {
      // One at a time: each save carries the version the one before it made.
      timer = setTimeout(attempt, BRIEF);
      return;
    }
    isSaving = true;
    isChanged = false;
    try {
      await save(form);
    } catch (error) {
      isChanged = true;
      const isOffline = error instanceof TypeError;
      status(isOffline ? "Not saved: no connection" : error.message, "refused");
    } finally {
      isSaving = false;
    }
  };

  if (autosaves) {
    pending = async () => {
      clearTimeout(timer);
      while (isSaving) await new Promise((done) => setTimeout(done, BRIEF));
      if (isChanged) await attempt();
      if (isChanged) throw new Error("not saved");
    };
  }

  form.addEventListener("input", () => {
    isChanged = true;
    if (!autosaves) return;
    status("not saved yet", "waiting");
    clearTimeout(timer);
    timer = setTimeout(attempt, CALM);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (isSaving) {
      // Two saves of one version at once would look like two people.
      event.preventDefault();
      setTimeout(() => form.requestSubmit(), BRIEF);
      return;
    }
    isChanged = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged || isSaving) event.preventDefault();
  });
}
