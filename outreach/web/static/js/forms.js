// data-autosubmit: a filter form sends itself shortly after a change; data-unsaved: leaving a page
// with changes asks first; data-focus: the summary of a refused form takes the focus.

const CALM = 350;

export function startAutosubmit() {
  for (const form of document.querySelectorAll("form[data-autosubmit]")) {
    let timer = 0;
    form.addEventListener("change", (event) => {
      if (event.target.type === "search") return;
      clearTimeout(timer);
      // While a menu is open people choose several; it is sent when the menu closes.
      if (!event.target.closest("details[open]")) timer = setTimeout(() => form.requestSubmit(), CALM);
      else event.target.closest("details").dataset.changed = "yes";
    });
    for (const menu of form.querySelectorAll("details")) {
      menu.addEventListener("toggle", () => {
        if (!menu.open && menu.dataset.changed) timer = setTimeout(() => form.requestSubmit(), CALM);
      });
    }
    // Empty parameters say nothing; without them an address can be read and shared.
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
    });
  }
}

export function startUnsavedWarning() {
  let changed = false;
  const warn = (event) => {
    if (changed) event.preventDefault();
  };
  const forms = document.querySelectorAll("form[data-unsaved]");
  for (const form of forms) {
    form.addEventListener("input", () => (changed = true));
    form.addEventListener("submit", () => (changed = false));
  }
  // A page that listens without need is left out of the browser's back-and-forward cache.
  if (forms.length) window.addEventListener("beforeunload", warn);
}

export function focusFirstError() {
  document.querySelector("[data-focus]")?.focus();
}
