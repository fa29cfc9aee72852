// The audience is counted while it is chosen.

const BRIEF = 250;
const CHOICES = [
  "list_id",
  "role_ids",
  "tiers",
  "countries",
  "languages",
  "segment_ids",
  "is_invitation",
  "not_role_ids",
  "not_segment_ids",
  "not_mailing_ids",
];

export function startCounting(form) {
  const box = form.querySelector("[data-audience-count]");
  let timer = 0;
  let asked = 0;
  const recount = async () => {
    const query = new URLSearchParams({ chosen: "1" });
    for (const name of CHOICES) {
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
