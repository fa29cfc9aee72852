// <textarea data-draft="key" data-draft-version="17"> keeps what is typed in this browser, so that
// no answer is lost to a closed window or a session that ended. The version is the last message of
// the thread: once it has moved on after sending, the draft has arrived and is forgotten.

const PREFIX = "outreach-draft:";
const KEPT_FOR = 14 * 24 * 60 * 60 * 1000;

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && Date.now() - draft.at < KEPT_FOR ? draft : null;
  } catch {
    return null;
  }
}

function write(key, draft) {
  try {
    if (draft && draft.text) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    // Without room in the browser there is no draft; the page works all the same.
  }
}

function tell(field, discard) {
  const line = document.createElement("p");
  const button = document.createElement("button");
  line.className = "form-hint draft-note";
  line.setAttribute("role", "status");
  line.textContent = "Your unsent words are back. ";
  button.type = "button";
  button.className = "btn btn-link";
  button.textContent = "Discard them";
  button.addEventListener("click", () => {
    discard();
    line.remove();
    field.focus();
  });
  line.append(button);
  field.after(line);
}

function keep(field) {
  const key = PREFIX + field.dataset.draft;
  const version = field.dataset.draftVersion;
  const draft = read(key);
  const save = (sent) => write(key, { text: field.value, version, sent, at: Date.now() });
  if (!draft || (draft.sent && draft.version !== version)) write(key, null);
  else if (!field.value) {
    field.value = draft.text;
    tell(field, () => {
      field.value = "";
      write(key, null);
    });
  }
  field.addEventListener("input", () => save(false));
  field.form.addEventListener("submit", () => save(true));
}

for (const field of document.querySelectorAll("[data-draft]")) keep(field);
