// <form data-confirm="what, how many, when" data-confirm-title="…"> asks in a dialog before it is sent.

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function buttonOf(form, submitter) {
  return (submitter ?? form.querySelector("[type=submit]"))?.textContent.trim() || "Continue";
}

function dialogFor(form, submitter) {
  const asker = submitter?.dataset.confirm ? submitter : form;
  const dialog = element("dialog", "dialog", "");
  const title = element("h2", "", asker.dataset.confirmTitle || buttonOf(form, submitter));
  const sentence = element("p", "", asker.dataset.confirm);
  const back = element("button", "btn btn-quiet", "Go back");
  const grave = submitter?.classList.contains("btn-danger");
  const go = element("button", grave ? "btn btn-danger" : "btn btn-primary", buttonOf(form, submitter));
  const actions = element("div", "row-actions", "");
  title.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  back.type = go.type = "button";
  back.autofocus = true;
  actions.append(back, go);
  dialog.append(title, sentence, actions);
  return { dialog, back, go };
}

function ask(form, submitter) {
  const { dialog, back, go } = dialogFor(form, submitter);
  back.addEventListener("click", () => dialog.close());
  go.addEventListener("click", () => {
    form.dataset.confirmed = "yes";
    dialog.close();
    form.requestSubmit(submitter ?? undefined);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function startConfirming() {
  // Capturing, so that the unsaved-changes warning hears only of forms that really go.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const asks = event.submitter?.dataset.confirm || form.dataset.confirm;
      if (!asks || form.dataset.confirmed) {
        delete form.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form, event.submitter);
    },
    true,
  );
}
