// Two people editing one letter notice each other before either has typed in vain.

import { status } from "./saving.js";

const OFTEN = 15_000;

export function startWatching(element) {
  const look = async () => {
    if (document.hidden) return;
    const before = document.querySelector("input[name=lock_version]")?.value;
    const answer = await fetch(element.dataset.version, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const now = await answer.json();
    const here = document.querySelector("input[name=lock_version]")?.value;
    // Our own save may have overtaken the question.
    if (!here || here !== before || Number(here) >= now.lock_version) return;
    const who = now.actor || "Somebody";
    status(`${who} changed this letter: reload to see it; copy what you typed first.`, "refused");
  };
  setInterval(() => look().catch(() => {}), OFTEN);
}
