// <button data-copy="input-id" hidden> appears where the clipboard can be used.

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(field.value);
  button.textContent = "Copied";
  const status = button.closest(".copy-box")?.querySelector("[data-copied]");
  if (status) status.textContent = "Copied to the clipboard.";
}

export function startCopying() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}
