// One message as a bubble. A bubble is drawn once and then changed in place when the message is edited.

import { showPhoto } from "./dialogs.js";
import { avatar, icon, make } from "./dom.js";
import { fillText, oneLine } from "./entities.js";
import { fillKeyboard } from "./keyboard.js";
import { bytes, clock, fullDate, nameOf } from "./words.js";

/**
 * A view of one message: `element` for the page, `update(message)` after an edit.
 * `context` has `mine(message)`, `isGroup()`, `fileUrl(id)`, `press(message, button, data)`, `reply(message)` and
 * `actions` (links and commands in texts). A double tap on a bubble replies to it.
 */
export function makeMessage(message, context) {
  const parts = {
    sender: make("p", { className: "sender", dir: "auto" }),
    reply: make("p", { className: "reply", hidden: true }),
    media: make("div", { className: "media", hidden: true }),
    text: make("div", { className: "text", dir: "auto" }),
    meta: make("p", { className: "meta" }),
    keyboard: make("div", { className: "keyboard", role: "group", "aria-label": "Buttons of this message" }),
  };
  const bubble = make("div", { className: "bubble" },
    parts.sender, parts.reply, parts.media, parts.text, parts.meta);
  const body = make("div", { className: "body" }, bubble, parts.keyboard);
  const element = make("article", { className: "message" }, body);
  element.dataset.id = message.message_id;
  const drawn = {};
  const update = (next) => draw(element, parts, drawn, message = next, context);
  bubble.addEventListener("dblclick", (event) => event.target.closest("a,button") || context.reply(message));
  update(message);
  return { element, update };
}

/** What the chat list shows of a message, in one line. */
export function preview(message) {
  if (message.text) return oneLine(message.text);
  if (message.photo) return message.caption ? oneLine(message.caption) : "Photo";
  if (message.document) return message.document.file_name ?? "Document";
  return serviceText(message) ?? "";
}

/** The sentence for an event of the chat itself (someone joined, …), or null for an ordinary message. */
export function serviceText(message) {
  const who = nameOf(message.from);
  if (message.new_chat_members) return `${message.new_chat_members.map(nameOf).join(", ")} joined`;
  if (message.left_chat_member) return `${nameOf(message.left_chat_member)} left`;
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} created the group`;
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return "The group became a supergroup";
  if (message.forum_topic_created) return `Topic: ${message.forum_topic_created.name}`;
  if (message.new_chat_title) return `${who} named the group ${message.new_chat_title}`;
  return null;
}

/** A line in the middle of the conversation: a date or an event. */
export function makeLine(text, className) {
  return make("p", { className: `line ${className}`, dir: "auto" }, text);
}

function draw(element, parts, drawn, message, context) {
  const mine = context.mine(message);
  const named = context.isGroup() && !mine;
  element.classList.toggle("out", mine);
  element.classList.toggle("named", named);
  const author = message.sender_chat?.title ?? nameOf(message.from);
  element.setAttribute("aria-label", `${mine ? "You" : author}, ${clock(message.date)}`);
  changed(drawn, "sender", [named, author, message.from?.id], () => {
    element.querySelector(":scope > .avatar")?.remove();
    parts.sender.hidden = !named;
    parts.sender.textContent = author;
    parts.sender.dataset.tone = Math.abs(message.from?.id ?? 0) % 5;
    if (named) element.prepend(avatar(author, message.from?.id));
  });
  changed(drawn, "reply", message.reply_to_message, () => drawReply(parts.reply, message.reply_to_message));
  changed(drawn, "media", [message.photo, message.document], () => drawMedia(parts.media, message, context));
  drawText(element, parts.text, drawn, message, context);
  changed(drawn, "meta", [message.date, message.edit_date, Boolean(message.reply_markup)], () => {
    drawMeta(parts.meta, message);
  });
  changed(drawn, "keyboard", message.reply_markup?.inline_keyboard ?? [], (rows) => {
    fillKeyboard(parts.keyboard, rows, (button, data) => context.press(message, button, data));
  });
}

/** Calls `redraw(value)` only when the value differs from what was drawn last. */
function changed(drawn, name, value, redraw) {
  const key = JSON.stringify(value ?? null);
  if (drawn[name] === key) return;
  drawn[name] = key;
  redraw(value);
}

function drawText(element, box, drawn, message, context) {
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  changed(drawn, "text", [text, entities, isShort(message, text)], () => {
    const opened = [...box.querySelectorAll(".expandable")].map((quote) => quote.classList.contains("open"));
    box.replaceChildren();
    fillText(box, text, entities, context.actions);
    box.hidden = text === "";
    element.classList.toggle("short", isShort(message, text));
    element.classList.toggle("only-emoji", !entities.length && isOneEmoji(text));
    if (opened.some(Boolean) && drawn.sameText === text) {
      box.querySelectorAll(".expandable").forEach((quote, i) => opened[i] && quote.querySelector(".expand")?.click());
    }
    drawn.sameText = text;
  });
}

function drawReply(box, replied) {
  box.hidden = !replied;
  if (!replied) return;
  const words = preview(replied);
  box.replaceChildren(
    make("span", { className: "reply-name", dir: "auto" }, nameOf(replied.from)),
    make("span", { className: "reply-text", dir: "auto" }, words),
  );
}

function drawMedia(box, message, context) {
  box.replaceChildren();
  box.hidden = !message.photo && !message.document;
  if (message.photo) box.append(makePhoto(message, context));
  else if (message.document) box.append(makeDocument(message.document, context));
}

function makePhoto(message, context) {
  const largest = message.photo.reduce((best, size) => (size.width > best.width ? size : best));
  const caption = message.caption ?? "";
  const described = caption ? `Photo: ${oneLine(caption).slice(0, 120)}` : "Photo";
  const source = context.fileUrl(largest.file_id);
  const image = make("img", { src: source, alt: described, width: largest.width, height: largest.height });
  const enlarge = () => showPhoto(source, described, caption, message.caption_entities, context.actions);
  const label = `Enlarge. ${described}`;
  return make("button", { type: "button", className: "photo", "aria-label": label, onclick: enlarge }, image);
}

function makeDocument(file, context) {
  const name = file.file_name ?? "document";
  return make("a", { className: "document", href: context.fileUrl(file.file_id), download: name,
    "aria-label": `Download ${name}, ${bytes(file.file_size)}` },
  make("span", { className: "document-icon" }, icon("download")),
  make("span", { className: "document-name", dir: "auto" }, ...breakable(name)),
  make("span", { className: "document-size" }, bytes(file.file_size)));
}

/** A file name that may go over to the next line after an underscore, hyphen or dot. */
function breakable(name) {
  return name.split(/(?<=[_.-])/).flatMap((part) => [part, make("wbr")]);
}

function drawMeta(box, message) {
  const time = make("time", { dateTime: new Date(message.date * 1000).toISOString(), title: fullDate(message.date) },
    clock(message.date));
  // A card that changes under its buttons is not "edited" in the reader's eyes.
  const edited = message.edit_date && !message.reply_markup;
  box.replaceChildren(...(edited ? [make("span", {}, "edited")] : []), time);
}

/** One line of mere text, beside which the time has room. */
function isShort(message, text) {
  const plain = !message.reply_markup && !message.reply_to_message && message.text !== undefined;
  return plain && text.length <= 48 && !text.includes("\n");
}

function isOneEmoji(text) {
  return /^\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F]*$/u.test(text);
}
