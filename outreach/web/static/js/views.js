// [data-views]: links that show the letter beside the blocks in another way; the choice is kept
// while the page's tab is open. Without script they are plain links.

const KEPT = "letter-view";

function show(nav, view) {
  const chosen = nav.querySelector(`[data-view="${CSS.escape(view)}"]`);
  const frame = document.querySelector("[data-letter]");
  if (!chosen || !frame) return;
  for (const link of nav.querySelectorAll("[data-view]")) link.removeAttribute("aria-current");
  chosen.setAttribute("aria-current", "true");
  frame.classList.toggle("letter-frame-phone", view === "phone");
  const address = new URL(frame.src);
  if (address.searchParams.get("view") === view) return;
  address.searchParams.set("view", view);
  frame.src = address;
}

export function startViews(nav) {
  nav.addEventListener("click", (event) => {
    const view = event.target.closest("[data-view]")?.dataset.view;
    if (!view || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    sessionStorage.setItem(KEPT, view);
    show(nav, view);
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept && !new URLSearchParams(location.search).has("view")) show(nav, kept);
}
