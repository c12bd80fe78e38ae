// The open chat: its messages in order, kept at the bottom while the reader is there, never moved otherwise.

import { icon } from "./dom.js";
import { makeLine, makeMessage, serviceText } from "./message.js";
import { dayName } from "./words.js";

const NEAR_BOTTOM = 48; // pixels from the end that still count as being there

/** `nodes`: scroller, log, toBottom. `context` as in makeMessage, with `emptyText()` for a chat without messages. */
export function makeConversation(nodes, context) {
  const { scroller, log, toBottom } = nodes;
  const views = new Map(); // message id -> {element, update}
  const lines = new Map(); // message id -> date line above it
  let sticks = true;
  let top = 0; // where the scroller was last
  let silence = 0;

  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    top = scroller.scrollTop;
  };
  // Only a reader who scrolls up leaves the end: content that grew since says nothing about the reader.
  const look = () => {
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM;
    sticks = near || (sticks && scroller.scrollTop >= top);
    top = scroller.scrollTop;
    if (near) toBottom.hidden = true;
  };
  scroller.addEventListener("scroll", look, { passive: true });
  const keepEnd = new ResizeObserver(() => sticks && toEnd());
  keepEnd.observe(log);
  keepEnd.observe(scroller);
  toBottom.append(icon("back"));
  toBottom.setAttribute("aria-label", "To the newest message");
  toBottom.addEventListener("click", () => { sticks = true; toEnd(); });

  /** Draws a whole chat, from its end or (`stay`) from where the reader was. Screen readers are not told of it. */
  function show(messages, stay = false) {
    const from = stay && !sticks ? scroller.scrollTop : null;
    quiet();
    if (stay) dropAllBut(new Set(messages.map((message) => message.message_id)));
    else dropAllBut(new Set());
    for (const message of messages) {
      if (views.has(message.message_id)) renew(message);
      else insert(message);
    }
    arrange(messages);
    sticks = from === null;
    toBottom.hidden = sticks;
    if (sticks) toEnd();
    else scroller.scrollTop = from;
  }

  /** A message that is new, or one that changed. */
  function put(message, messages) {
    look(); // the reader may have scrolled in this very frame, of which the event is still to come
    const view = views.get(message.message_id);
    const stuck = sticks;
    if (view) {
      renew(message);
      if (stuck) toEnd();
      return;
    }
    insert(message).classList.add("arriving");
    arrange(messages);
    if (stuck || context.mine(message)) {
      sticks = true;
      toEnd();
    } else {
      toBottom.hidden = false;
    }
  }

  function remove(messageId, messages) {
    const element = views.get(messageId)?.element;
    if (element?.contains(document.activeElement)) scroller.focus({ preventScroll: true });
    element?.remove();
    views.delete(messageId);
    arrange(messages);
  }

  function renew(message) {
    views.get(message.message_id).update?.(message);
  }

  function dropAllBut(kept) {
    for (const [id, { element }] of views) {
      if (kept.has(id)) continue;
      element.remove();
      views.delete(id);
    }
  }

  function insert(message) {
    const service = serviceText(message);
    const view = service ? { element: makeLine(service, "service") } : makeMessage(message, context);
    views.set(message.message_id, view);
    log.append(view.element);
    return view.element;
  }

  /** Date lines, and which bubbles belong together; runs after each change of what is there. */
  function arrange(messages) {
    log.querySelector(".line.empty")?.remove();
    for (const line of lines.values()) line.remove();
    lines.clear();
    messages.forEach((message, i) => {
      const { element } = views.get(message.message_id);
      const before = messages[i - 1];
      if (!before || dayName(before.date) !== dayName(message.date)) {
        const line = makeLine(dayName(message.date), "day");
        lines.set(message.message_id, line);
        element.before(line);
      }
      element.classList.toggle("joined", together(before, message));
      element.classList.toggle("followed", together(message, messages[i + 1]));
    });
    if (!messages.length) log.append(makeLine(context.emptyText(), "empty"));
  }

  function quiet() {
    log.setAttribute("aria-live", "off");
    clearTimeout(silence);
    silence = setTimeout(() => log.setAttribute("aria-live", "polite"), 150);
  }

  return { show, put, remove };
}

/** Two neighbours of one author within five minutes, without a keyboard between them. */
function together(one, other) {
  if (!one || !other || serviceText(one) || serviceText(other)) return false;
  if (one.reply_markup?.inline_keyboard?.length) return false;
  return one.from?.id === other.from?.id && other.date - one.date < 300 && dayName(one.date) === dayName(other.date);
}

