// [data-focus="x-field y-field"] around a picture: a click on it sets both fields, in per cent from
// the left and from the top; a mark shows where they point. The fields work without it.

function percent(part, whole) {
  return Math.round(Math.min(1, Math.max(0, part / whole)) * 100);
}

export function letFocus(frame) {
  const [x, y] = frame.dataset.focus.split(" ").map((id) => document.getElementById(id));
  const picture = frame.querySelector("img");
  if (!x || !y || !picture) return;
  const mark = document.createElement("span");
  mark.className = "focus-mark";
  mark.setAttribute("aria-hidden", "true");
  frame.append(mark);

  const place = () => {
    mark.style.left = `${x.value || 50}%`;
    mark.style.top = `${y.value || 50}%`;
  };
  frame.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    x.value = percent(event.clientX - box.left, box.width);
    y.value = percent(event.clientY - box.top, box.height);
    place();
    for (const field of [x, y]) field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const field of [x, y]) field.addEventListener("input", place);
  place();
}
