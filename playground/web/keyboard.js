// Inline keyboards: drawn once, then changed in place, so that focus and the pressed button survive an edit.

import { icon, make } from "./dom.js";

// Apps older than the styles of buttons show none; ?colours=off is such an app.
const COLOURED = new URLSearchParams(location.search).get("colours") !== "off";
const STYLES = new Set(COLOURED ? ["success", "danger", "primary"] : []);

/** Draws `rows` (Bot API's inline_keyboard) into `container`; `press(button, data)` is called for each press. */
export function fillKeyboard(container, rows, press) {
  const focused = placeOf(container, document.activeElement);
  const before = [...container.children].map((row) => row.children.length).join();
  const after = rows.map((row) => row.length).join();
  if (before !== after) {
    container.replaceChildren(...rows.map((row) =>
      make("div", { className: "keys" }, ...row.map(() => make("button", { type: "button" })))));
  }
  rows.forEach((row, y) => row.forEach((data, x) => {
    dress(container.children[y].children[x], data, press);
  }));
  container.hidden = rows.length === 0;
  if (focused && before !== after) {
    container.children[focused.y]?.children[focused.x]?.focus({ preventScroll: true });
  }
}

/** Shows on a button that its answer is awaited, or no longer. */
export function setBusy(button, busy) {
  button.classList.toggle("busy", busy);
  if (busy) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

function dress(button, data, press) {
  const key = JSON.stringify(data);
  button.onclick = () => press(button, data);
  if (button.dataset.key === key) return;
  button.dataset.key = key;
  button.className = button.classList.contains("busy") ? "key busy" : "key";
  if (STYLES.has(data.style)) button.classList.add(data.style);
  button.replaceChildren(make("span", { dir: "auto" }, data.text));
  button.removeAttribute("aria-description");
  if (data.url) {
    button.append(icon("outward"));
    button.setAttribute("aria-description", "Opens a link");
  }
}

function placeOf(container, element) {
  if (!element || !container.contains(element)) return null;
  const row = element.parentElement;
  return { y: [...container.children].indexOf(row), x: [...row.children].indexOf(element) };
}
