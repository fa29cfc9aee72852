// The composer, made nicer: blocks save themselves ("saved 10:42") and the letter beside them
// follows; the audience is counted while it is chosen; leaving with unsaved words asks first.

const CALM = 1200;
const BRIEF = 250;

function status(text, tone = "") {
  const line = document.querySelector("[data-saved]");
  if (!line) return;
  line.textContent = text;
  line.classList.toggle("is-waiting", tone === "waiting");
  line.classList.toggle("is-refused", tone === "refused");
}

function showLetter(version) {
  const frame = document.querySelector("[data-letter]");
  const address = new URL(frame.src);
  address.searchParams.set("v", version);
  frame.src = address;
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
  for (const field of document.querySelectorAll("input[name=lock_version]")) {
    field.value = said.lock_version;
  }
  status(`saved ${said.saved}`);
  showLetter(said.lock_version);
}

function startSaving(form) {
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

function startCounting(form) {
  const box = form.querySelector("[data-audience-count]");
  let timer = 0;
  let asked = 0;
  const recount = async () => {
    const query = new URLSearchParams({ chosen: "1" });
    for (const name of ["list_id", "role_ids", "tiers", "countries", "languages"]) {
      for (const value of new FormData(form).getAll(name)) query.append(name, value);
    }
    const turn = (asked += 1);
    const answer = await fetch(`${form.dataset.audience}?${query}`, { credentials: "same-origin" });
    // Answers may overtake each other; only the last question counts.
    if (answer.ok && !answer.redirected && turn === asked) box.innerHTML = await answer.text();
  };
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(() => recount().catch(() => {}), BRIEF);
  });
}

for (const form of document.querySelectorAll(".composer-form")) startSaving(form);
for (const form of document.querySelectorAll("form[data-audience]")) startCounting(form);
