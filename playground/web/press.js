// What a press on an inline button does, and how its answer finds its way back to the button.

import { act, Refused, Unreachable } from "./api.js";
import { setBusy } from "./keyboard.js";

/**
 * `ui`: `notice(text)`, `alert(text)`, `link(url)`, `speaker(chatId)`.
 * The result: `press(message, button, data)` for the keyboards, `answered(event)` for callback_answered events.
 */
export function makePresses(ui) {
  const waiting = new Map(); // callback id -> {button, data}
  const early = new Map(); // answers that came before the press was confirmed

  async function press(message, button, data) {
    if (data.url) {
      ui.link(data.url);
    } else if (data.copy_text) {
      const copied = await navigator.clipboard.writeText(data.copy_text.text).then(() => true, () => false);
      ui.notice(copied ? "Copied" : "The browser does not allow copying.");
    } else if (data.callback_data !== undefined) {
      await tap(message, button, data.callback_data);
    }
  }

  async function tap(message, button, data) {
    if ([...waiting.values()].some((one) => one.button === button && one.data === data)) return;
    const ticket = { button, data };
    const key = {};
    waiting.set(key, ticket);
    setBusy(button, true);
    try {
      const chat = message.chat.id;
      const order = { user_id: ui.speaker(chat), chat_id: chat, message_id: message.message_id, data };
      const { callback_id: id } = await act("press", order);
      waiting.delete(key);
      waiting.set(id, ticket);
      if (early.has(id)) answered(early.get(id));
    } catch (error) {
      waiting.delete(key);
      settle(button);
      if (error instanceof Unreachable) ui.notice(error.message);
      else if (error instanceof Refused) ui.notice("This button is gone. Please look again.");
      else throw error;
    }
  }

  function answered(event) {
    const { callback_id: id, answer } = event;
    const ticket = waiting.get(id);
    if (!ticket) {
      early.set(id, event);
      setTimeout(() => early.delete(id), 10_000);
      return;
    }
    waiting.delete(id);
    early.delete(id);
    settle(ticket.button);
    if (answer.url) ui.link(answer.url);
    else if (answer.text) (answer.show_alert ? ui.alert : ui.notice)(answer.text);
  }

  /** The button rests once none of its presses waits any more. */
  function settle(button) {
    setBusy(button, [...waiting.values()].some((one) => one.button === button));
  }

  return { press, answered };
}
