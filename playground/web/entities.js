// Message text and its entities to DOM. Offsets and lengths are UTF-16 units, as in JavaScript's own strings.

import { make } from "./dom.js";

const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);
const INLINE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const WEB = /^(https?:)\/\//i;
const LONG_LINES = 3; // what a closed expandable quotation shows; the style sheet cuts at the same

/**
 * Puts `text` with its formatting into `parent`. `actions.command(text)` is called for a tapped bot command and
 * `actions.link(url, event)` for a tapped link, before the browser would follow it.
 */
export function fillText(parent, text, entities, actions) {
  const whole = { start: 0, end: text.length, children: nest(entities ?? [], text.length) };
  fillNode(parent, text, whole, actions);
  return parent;
}

/** Text only, in one line, for the chat list and the titles of quoted messages. */
export function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** Entities as a tree. One that sticks out of another is cut at its border, and its rest comes after it. */
function nest(entities, length) {
  const queue = entities
    .map((entity) => ({ ...entity, start: entity.offset, end: Math.min(entity.offset + entity.length, length) }))
    .filter((node) => node.start >= 0 && node.start < node.end)
    .sort(outerFirst);
  const root = { start: 0, end: length, children: [] };
  const open = [root];
  while (queue.length) {
    const node = { ...queue.shift(), children: [] };
    while (node.start >= open[open.length - 1].end) open.pop();
    const outer = open[open.length - 1];
    if (node.end > outer.end) {
      queue.push({ ...node, start: outer.end });
      queue.sort(outerFirst);
      node.end = outer.end;
    }
    outer.children.push(node);
    open.push(node);
  }
  return root.children;
}

function outerFirst(one, other) {
  return one.start - other.start || other.end - one.end || BLOCKS.has(other.type) - BLOCKS.has(one.type);
}

function fillNode(parent, text, node, actions) {
  let at = node.start;
  for (const child of node.children) {
    appendPlain(parent, text.slice(at, child.start), BLOCKS.has(child.type));
    const element = makeEntity(text, child, actions);
    fillNode(element.inner ?? element, text, child, actions);
    element.done?.();
    parent.append(element.outer ?? element);
    at = child.end;
    // A quotation ends its own line: the line break after it would show as an empty line.
    if (BLOCKS.has(child.type) && text[at] === "\n") at += 1;
  }
  appendPlain(parent, text.slice(at, node.end), false);
}

function appendPlain(parent, plain, beforeBlock) {
  const shown = beforeBlock && plain.endsWith("\n") ? plain.slice(0, -1) : plain;
  if (shown) parent.append(shown);
}

/** An element for one entity; `outer` and `inner` differ where the text goes deeper than one level. */
function makeEntity(text, node, actions) {
  const covered = text.slice(node.start, node.end);
  if (node.type in INLINE) return make(INLINE[node.type]);
  switch (node.type) {
    case "blockquote":
      return make("blockquote", { dir: "auto" });
    case "expandable_blockquote":
      return makeExpandable(covered);
    case "pre":
      return makePre();
    case "spoiler":
      return makeSpoiler();
    case "bot_command":
      return make("button", {
        type: "button",
        className: "command",
        onclick: () => actions.command(covered),
      });
    case "text_link":
      return makeLink(node.url, actions);
    case "url":
      return makeLink(WEB.test(covered) ? covered : `http://${covered}`, actions);
    case "email":
      return makeLink(`mailto:${covered}`, actions);
    default:
      return make("span", { className: `entity-${String(node.type).replace(/[^a-z_]/g, "")}` });
  }
}

/** A link that leads to the web or to a mail program; anything else stays plain text. */
function makeLink(url, actions) {
  if (!WEB.test(url) && !/^mailto:/i.test(url)) return make("span");
  return make("a", {
    href: url,
    target: "_blank",
    rel: "noopener noreferrer",
    onclick: (event) => actions.link(url, event),
  });
}

function makePre() {
  const inner = make("code");
  const outer = make("pre", {}, inner);
  return { outer, inner };
}

function makeSpoiler() {
  const spoiler = make("span", {
    className: "spoiler",
    role: "button",
    tabIndex: 0,
    "aria-label": "Hidden text. Press to show it.",
  });
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (spoiler.classList.contains("shown")) return;
    event.preventDefault();
    spoiler.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) spoiler.removeAttribute(name);
  };
  spoiler.addEventListener("click", show);
  spoiler.addEventListener("keydown", show);
  return spoiler;
}

/** A quotation that shows its first lines and opens on tap. A short one has nothing to open. */
function makeExpandable(covered) {
  const inner = make("div", { className: "quoted", dir: "auto" });
  const outer = make("blockquote", { className: "expandable" }, inner);
  if (covered.length <= 90 && covered.split("\n").length <= LONG_LINES) return { outer, inner };
  const toggle = make("button", { type: "button", className: "expand", "aria-expanded": "false" }, "Show all");
  const turn = () => {
    const open = outer.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Show less" : "Show all";
  };
  toggle.addEventListener("click", turn);
  inner.addEventListener("click", (event) => {
    const pressed = event.target.closest("a, button, .spoiler");
    if (!pressed && !String(window.getSelection())) turn();
  });
  return { outer, inner, done: () => outer.append(toggle) };
}
