// Where people write: the text field, the menu of commands, the choice of who speaks, the Start button.

import { icon, make } from "./dom.js";
import { preview } from "./message.js";
import { nameOf } from "./words.js";

const MENU_TEXT = /^\/[a-z0-9_]*$/i;

/**
 * `actions`: `send(text, replyTo)`, `speak(personId)`, `commands()` (a promise of [{command, description}]).
 * The result has `show(chat, people, start)`, `replyTo(message)` and `focus()`; `start` is the text of the Start
 * button's command, or null when people write freely.
 */
export function makeComposer(container, actions) {
  const speakers = make("fieldset", { className: "speakers", hidden: true });
  const field = make("textarea", { rows: 1, placeholder: "Message", "aria-label": "Message", dir: "auto",
    autocomplete: "off", maxLength: 4096, enterKeyHint: "send" });
  const send = make("button", { type: "button", className: "round send", "aria-label": "Send", disabled: true },
    icon("send"));
  const opener = make("button", { type: "button", className: "round", "aria-label": "Commands",
    "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "command-menu" },
  make("span", { className: "slash", "aria-hidden": "true" }, "/"));
  const menu = make("div", { className: "menu", id: "command-menu", role: "menu", "aria-label": "Commands",
    hidden: true });
  const writing = make("div", { className: "writing" }, opener, field, send);
  const start = make("button", { type: "button", className: "wide", hidden: true }, "Start");
  const quoted = make("span", { dir: "auto" });
  const replying = make("p", { className: "replying", hidden: true }, quoted,
    make("button", { type: "button", className: "round", "aria-label": "No reply", onclick: () => replyTo(null) }, "×"));
  container.append(make("div", { className: "composer-inner" }, menu, speakers, replying, writing, start));
  let replied = null;
  let inGroup = false;
  let startText = "/start";

  function submit(text) {
    const words = text.trim();
    if (!words) return;
    closeMenu();
    actions.send(words, replied?.message_id);
    replyTo(null);
  }

  /** The next text replies to this message; null: to none. */
  function replyTo(message) {
    replied = message;
    replying.hidden = message === null;
    quoted.textContent = message === null ? "" : `Reply to: ${preview(message)}`;
    if (message !== null) field.focus({ preventScroll: true });
  }

  function sendField() {
    submit(field.value);
    field.value = "";
    fit();
  }

  /** The field grows with its text, up to the limit in the style sheet. */
  function fit() {
    send.disabled = field.value.trim() === "";
    field.style.height = "44px";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  async function openMenu(prefix = "") {
    const all = await actions.commands();
    const fitting = all.filter(({ command }) => `/${command}`.startsWith(prefix.toLowerCase()));
    if (prefix && (!fitting.length || field.value !== prefix)) return closeMenu();
    menu.replaceChildren(...fitting.map(menuItem));
    if (!fitting.length) menu.append(make("p", {}, "The bot has no commands here."));
    menu.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    return undefined;
  }

  function menuItem({ command, description }) {
    const choose = (event) => {
      if (field.value.startsWith("/")) field.value = "";
      fit();
      submit(inGroup ? `/${command}@${actions.botName()}` : `/${command}`);
      if (event.detail === 0) field.focus({ preventScroll: true }); // chosen by key: go on by key
    };
    return make("button", { type: "button", role: "menuitem", tabIndex: -1, onclick: choose },
      make("b", {}, `/${command}`), make("span", { dir: "auto" }, description));
  }

  function closeMenu() {
    menu.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  }

  opener.addEventListener("click", async () => {
    if (!menu.hidden) return closeMenu();
    await openMenu();
    menu.firstElementChild?.focus();
    return undefined;
  });
  menu.addEventListener("keydown", (event) => moveInMenu(event, menu, () => {
    closeMenu();
    opener.focus();
  }));
  container.addEventListener("focusout", (event) => {
    if (!menu.hidden && !container.contains(event.relatedTarget)) closeMenu();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !container.contains(event.target)) closeMenu();
  });
  field.addEventListener("input", () => {
    fit();
    if (MENU_TEXT.test(field.value)) openMenu(field.value);
    else closeMenu();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      sendField();
    } else if (event.key === "Escape" && !menu.hidden) {
      event.preventDefault();
      closeMenu();
    } else if (event.key === "Escape" && replied !== null) {
      event.preventDefault();
      replyTo(null);
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !menu.hidden) {
      event.preventDefault();
      (event.key === "ArrowUp" ? menu.lastElementChild : menu.firstElementChild)?.focus();
    }
  });
  send.addEventListener("pointerdown", (event) => event.preventDefault()); // a phone's keyboard stays open
  send.addEventListener("click", sendField);
  start.addEventListener("click", () => submit(startText));

  function showSpeakers(chat, people) {
    inGroup = chat.type !== "private";
    speakers.hidden = !inGroup || people.length < 2;
    if (speakers.hidden) return;
    speakers.replaceChildren(make("legend", {}, "Write as"), ...people.map((person) => make("label", {},
      make("input", { type: "radio", name: "speaker", value: person.id, checked: person.id === chat.speaker,
        onchange: () => actions.speak(person.id) }),
      make("span", { dir: "auto" }, nameOf(person)))));
  }

  return {
    show(chat, people, startCommand) {
      if (field.dataset.chat !== String(chat.id)) {
        field.dataset.chat = chat.id;
        field.value = "";
        closeMenu();
        replyTo(null);
      }
      showSpeakers(chat, people);
      startText = startCommand ?? "/start";
      const started = document.activeElement === start && startCommand === null;
      start.hidden = startCommand === null;
      writing.hidden = startCommand !== null;
      fit();
      if (started && window.matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
    },
    replyTo,
    focus() {
      (start.hidden ? field : start).focus({ preventScroll: true });
    },
  };
}

/** Arrow keys, Home, End and Escape in a menu. */
function moveInMenu(event, menu, leave) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape") leave();
  else if (goal !== undefined && items.length) items[(goal + items.length) % items.length].focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
