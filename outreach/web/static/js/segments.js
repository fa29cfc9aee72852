// data-segment="/url": the builder of segments asks for its counts while somebody types; without
// script the button "Count again" does the same.

const CALM = 400;

async function fill(form, state) {
  const number = ++state.asked;
  const body = new FormData(form);
  const answer = await fetch(form.dataset.segment, {
    method: "POST",
    body,
    headers: { "X-Requested-With": "fetch" },
    credentials: "same-origin",
  });
  if (!answer.ok || answer.redirected || number !== state.asked) return;
  const counts = await answer.json();
  for (const slot of form.querySelectorAll("[data-count]")) {
    if (counts[slot.dataset.count] !== undefined) slot.textContent = counts[slot.dataset.count];
  }
}

function nameChosen(menu) {
  const chosen = [...menu.querySelectorAll("input:checked")].map((box) => box.labels[0].textContent);
  const slot = menu.querySelector("summary span");
  if (slot) slot.textContent = chosen.join(", ") || "choose …";
}

export function startCountingSegments() {
  for (const form of document.querySelectorAll("form[data-segment]")) {
    const state = { asked: 0 };
    let timer = 0;
    form.addEventListener("input", (event) => {
      const menu = event.target.closest("details.filter");
      if (menu) nameChosen(menu);
      clearTimeout(timer);
      timer = setTimeout(() => fill(form, state).catch(() => {}), CALM);
    });
  }
}
