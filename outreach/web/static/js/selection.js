// Counts the rows chosen in a table and offers to choose all of the page.

function words(count, { noun, nouns }) {
  const word = count === 1 ? noun : nouns || `${noun}s`;
  return `${count.toLocaleString("en")} ${word} selected`;
}

function allBox(boxes, update) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "form-check-input";
  box.setAttribute("aria-label", "Select all on this page");
  box.addEventListener("change", () => {
    for (const other of boxes) other.checked = box.checked;
    update();
  });
  return box;
}

function watch(form) {
  const boxes = [...form.querySelectorAll("[data-select]")];
  const count = form.querySelector("[data-bulk-count]");
  const all = allBox(boxes, update);
  function update() {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = words(chosen, count.dataset);
    all.checked = chosen === boxes.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  form.querySelector("thead .col-select")?.append(all);
  for (const box of boxes) box.addEventListener("change", update);
  update();
}

export function startSelecting() {
  for (const bar of document.querySelectorAll("[data-bulk]")) watch(bar.closest("form"));
}
