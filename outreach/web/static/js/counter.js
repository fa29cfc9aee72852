// <textarea data-counter="5000" data-counter-left="{count} left" data-counter-over="…"> tells below
// it how much room is left, once it gets narrow; without script the hint and the server say it.

const NARROW = 0.8;

function watch(field) {
  const limit = Number(field.dataset.counter);
  const line = document.createElement("p");
  line.className = "form-hint counter";
  line.setAttribute("role", "status");
  field.after(line);
  const show = () => {
    const left = limit - [...field.value.trim()].length;
    const words = left < 0 ? field.dataset.counterOver : field.dataset.counterLeft;
    line.classList.toggle("counter-over", left < 0);
    line.textContent =
      left > limit * (1 - NARROW) ? "" : words.replace("{count}", Math.abs(left).toString());
  };
  field.addEventListener("input", show);
  show();
}

for (const field of document.querySelectorAll("[data-counter]")) watch(field);
