// The composer, made nicer; everything also works, more slowly, without.

import { startArranging } from "./arranging.js";
import { startCounting } from "./counting.js";
import { letFocus } from "./focus.js";
import { startSaving } from "./saving.js";
import { startViews } from "./views.js";
import { startWatching } from "./watching.js";
import { startWriting } from "./writing.js";

for (const form of document.querySelectorAll(".composer-form")) {
  startSaving(form);
  startWriting(form);
}
for (const form of document.querySelectorAll("form[data-audience]")) startCounting(form);
for (const list of document.querySelectorAll(".block-list")) startArranging(list);
for (const nav of document.querySelectorAll("[data-views]")) startViews(nav);
for (const frame of document.querySelectorAll("[data-focus]")) letFocus(frame);
for (const element of document.querySelectorAll("[data-version]")) startWatching(element);
