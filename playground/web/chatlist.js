// The list of chats: which bot or group, as whom, the last message, when, and how many messages are new.

import { avatar, make } from "./dom.js";
import { preview, serviceText } from "./message.js";
import { clock, nameOf } from "./words.js";

/** Brings the list up to date. Its links stay the same elements, so that focus and a press under way survive. */
export function showChats(list, store) {
  const chats = [...store.chats.values()];
  const entries = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = chats.map((chat) => entries.get(String(chat.id)) ?? makeEntry(chat.id));
  if (items.some((item, i) => list.children[i] !== item) || list.children.length !== items.length) {
    list.replaceChildren(...items);
  }
  chats.forEach((chat, i) => drawEntry(items[i].firstElementChild, chat, store));
}

function makeEntry(id) {
  const item = make("li", {}, make("a", { className: "chat", href: `#chat/${id}` }));
  item.dataset.id = id;
  return item;
}

function drawEntry(link, chat, store) {
  const last = store.last(chat);
  const shown = [chat.name, chat.owner, last ? clock(last.date) : "", lastWords(chat, last, store), chat.unread];
  const key = JSON.stringify(shown);
  if (store.open === chat.id) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  if (link.dataset.shown === key) return;
  link.dataset.shown = key;
  const [, , time, words] = shown;
  const name = make("span", { className: "chat-name" }, make("b", { dir: "auto" }, chat.name));
  if (chat.owner) name.append(" ", make("span", { className: "owner" }, "as ", make("bdi", {}, chat.owner)));
  link.replaceChildren(
    avatar(chat.owner ?? chat.name, chat.tone, chat.type === "private" ? "private" : "group"),
    name,
    make("span", { className: "chat-time" }, time),
    make("span", { className: "chat-last", dir: "auto" }, words),
    ...(chat.unread ? [unreadMark(chat.unread)] : []),
  );
}

function unreadMark(count) {
  return make("span", { className: "unread" }, String(count), make("span", { className: "unseen" }, " new"));
}

function lastWords(chat, last, store) {
  const action = store.actions.get(chat.id);
  if (action) return chat.owner ? action : `${store.bot.first_name} ${action}`;
  if (!last) return chat.type === "private" ? "Not started yet" : "No messages yet";
  const words = preview(last);
  if (serviceText(last)) return words;
  if (chat.type === "private") return last.from?.id === store.bot.id ? words : `You: ${words}`;
  return `${nameOf(last.from)}: ${words}`;
}
