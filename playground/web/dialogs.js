// What lies over the page: a notice that goes by itself, an alert that waits, a photo in full size.

import { fillText } from "./entities.js";
import { make } from "./dom.js";

const NOTICE_MS = 2600;

/** A short notice at the top of the conversation; a newer one takes its place. */
export function makeNotices(container) {
  let timer = 0;
  return function notice(text) {
    clearTimeout(timer);
    const shown = make("div", { className: "notice", dir: "auto" }, text);
    container.replaceChildren(shown);
    timer = setTimeout(() => {
      shown.classList.add("leaving");
      timer = setTimeout(() => shown.remove(), 250);
    }, NOTICE_MS);
  };
}

/** An alert with one button; the focus goes back to where it was when it closes. */
export function showAlert(text, title) {
  const close = make("button", { type: "button", className: "plain" }, "OK");
  const dialog = question(title, text, [close]);
  close.addEventListener("click", () => dialog.close());
  open(dialog, close);
}

/** Asks before a link is followed that leads out of the playground. */
export function askToLeave(url) {
  const stay = make("button", { type: "button", className: "plain" }, "Cancel");
  const leave = make("a", { className: "plain", href: url, target: "_blank", rel: "noopener noreferrer" }, "Open");
  const dialog = question("Open this link?", `${url}\n\nIt leads out of the playground.`, [stay, leave]);
  for (const choice of [stay, leave]) choice.addEventListener("click", () => dialog.close());
  open(dialog, stay);
}

function question(title, text, choices) {
  return make("dialog", {
    className: "alert",
    role: "alertdialog",
    "aria-labelledby": "alert-title",
    "aria-describedby": "alert-text",
  },
  make("h2", { id: "alert-title", dir: "auto" }, title),
  make("p", { id: "alert-text", dir: "auto" }, text),
  make("div", { className: "actions" }, ...choices));
}

/** The photo over the whole window, with its caption below. A press beside it, Escape or Close ends it. */
export function showPhoto(source, description, caption, entities, actions) {
  const close = make("button", { type: "button", className: "viewer-close" }, "Close");
  const picture = make("img", { src: source, alt: description });
  const figure = make("figure", {}, make("div", { className: "viewer-picture" }, picture));
  if (caption) {
    const below = make("figcaption", { className: "text", dir: "auto", tabIndex: 0 });
    figure.append(fillText(below, caption, entities, actions));
  }
  const dialog = make("dialog", { className: "viewer", "aria-label": "Photo" }, close, figure);
  close.addEventListener("click", () => dialog.close());
  picture.addEventListener("click", () => {
    const actual = dialog.classList.toggle("actual-size");
    if (actual) picture.scrollIntoView({ block: "center", inline: "center" });
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === figure) dialog.close();
  });
  open(dialog, close);
}

function open(dialog, first) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  first.focus();
}
