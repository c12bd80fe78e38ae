// The composition of the page: one store, one live line, and the views that follow them.

import { act, fileUrl, follow, read, snapshot } from "./api.js";
import { showChats } from "./chatlist.js";
import { makeComposer } from "./composer.js";
import { makeConversation } from "./conversation.js";
import { askToLeave, makeNotices, showAlert } from "./dialogs.js";
import { avatar, icon } from "./dom.js";
import { makePresses } from "./press.js";
import { isInside, makeStore } from "./store.js";

const ACTIONS = {
  upload_photo: "is sending a photo…",
  upload_document: "is sending a file…",
};
const DESKTOP = "(hover: hover) and (min-width: 760px)";
const $ = (id) => document.getElementById(id);
const main = document.querySelector(".conversation");
const store = makeStore(changed);
const notice = makeNotices($("notices"));
const payloads = new Map(); // chat id -> what a link wants to be sent after /start

const presses = makePresses({
  notice,
  alert: (text) => showAlert(text, store.bot.first_name),
  link: openLink,
  speaker: (chatId) => store.chats.get(chatId).speaker,
});
const conversation = makeConversation({ scroller: $("scroller"), log: $("log"), toBottom: $("to-bottom") }, {
  mine: (message) => message.from?.id === opened()?.speaker && !message.sender_chat,
  isGroup: () => opened()?.type !== "private",
  fileUrl,
  press: presses.press,
  reply: (message) => composer.replyTo(message),
  actions: { command: send, link: followLink },
  emptyText,
});
const composer = makeComposer($("composer"), {
  send,
  speak,
  commands: () => read("menu", { chat_id: store.open }),
  botName: () => store.bot.username,
});

$("back").append(icon("back"));
window.addEventListener("hashchange", () => route(true));
document.addEventListener("visibilitychange", () => document.hidden || store.markRead(store.open));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (store.open !== null) location.hash = "";
});
follow({
  async load() {
    const whole = await snapshot();
    store.load(whole);
    return whole.seq;
  },
  hear,
  connected(yes) {
    $("connection").textContent = yes ? "" : "Connection lost. Trying again…";
    $("connection").hidden = yes;
  },
});

function opened() {
  return store.chats.get(store.open);
}

/** One event of the live line. */
function hear(event) {
  switch (event.type) {
    case "message_new":
    case "message_edited":
      if (!store.put(event.message)) reload();
      break;
    case "message_deleted":
      store.remove(event.chat_id, event.message_id);
      break;
    case "callback_answered":
      presses.answered(event);
      break;
    case "chat_action":
      store.beginAction(event.chat_id, ACTIONS[event.action] ?? "is typing…");
      break;
    case "chat_changed":
      if (!store.change(event.chat)) reload();
      break;
    case "menu_changed":
      read("state").then(({ bot }) => store.rename(bot));
      break;
  }
}

let reloading = null;
/** Reads everything again, once for a burst of events that ask for it. */
function reload() {
  reloading ??= setTimeout(async () => {
    reloading = null;
    store.load(await snapshot());
  }, 50);
}

/** Brings the views up to date after a change of the store. */
function changed({ kind, chatId, message }) {
  showChats($("chat-list"), store);
  const unread = store.unread();
  document.title = (unread ? `(${unread}) ` : "") + (opened()?.name ?? "Playground");
  if (kind === "all") {
    route(false);
    return;
  }
  if (chatId !== store.open) return;
  const chat = opened();
  if (kind === "sent" || kind === "edited") conversation.put(message, store.messages(chat));
  if (kind === "deleted") conversation.remove(message.message_id, store.messages(chat));
  showHead(chat);
  if (kind === "sent" || kind === "chat") showComposer(chat);
  if (kind === "chat" && !chat.messages.size) conversation.show([], true);
}

/** Shows what the address says: the list, or a chat. `moved`: the reader went there, so the focus goes along. */
function route(moved) {
  const before = store.open;
  const id = Number(/^#chat\/(-?\d+)$/.exec(location.hash)?.[1]);
  store.open = store.chats.has(id) ? id : null;
  const chat = opened();
  document.body.dataset.screen = chat ? "chat" : "list";
  main.hidden = !chat;
  if (chat) {
    showHead(chat);
    conversation.show(store.messages(chat), before === store.open);
    showComposer(chat);
    store.markRead(chat.id);
  }
  showChats($("chat-list"), store);
  document.title = chat?.name ?? "Playground";
  if (moved) placeFocus(chat, before);
}

/** Into the field where there is a keyboard, else to the title; back in the list to the chat one came from. */
function placeFocus(chat, before) {
  if (!chat) document.querySelector(`[href="#chat/${before}"]`)?.focus();
  else if (window.matchMedia(DESKTOP).matches) composer.focus();
  else $("chat-title").focus({ preventScroll: true });
}

function showHead(chat) {
  const action = store.actions.get(chat.id);
  const kind = chat.type === "private" ? "private" : "group";
  $("chat-avatar").replaceChildren(avatar(chat.owner ?? chat.name, chat.tone, kind));
  $("chat-title").textContent = chat.name;
  const words = action ? (chat.owner ? action : `${store.bot.first_name} ${action}`) : whoIsHere(chat);
  if ($("chat-status").textContent !== words) $("chat-status").textContent = words;
  $("chat-status").classList.toggle("active", Boolean(action));
}

function whoIsHere(chat) {
  if (chat.owner) return `You are ${chat.owner}`;
  const names = chat.members.filter(isInside).map(({ name }) => name);
  return `${names.length} members: ${names.join(", ")}`;
}

function showComposer(chat) {
  composer.show(chat, store.insiders(chat), startCommand(chat));
}

/** What the Start button sends: a link's payload, or plain /start in a chat that the bot may not write to yet. */
function startCommand(chat) {
  if (payloads.has(chat.id)) return `/start ${payloads.get(chat.id)}`;
  const asleep = chat.type === "private" && (chat.bot_status !== "member" || chat.messages.size === 0);
  return asleep ? "/start" : null;
}

function emptyText() {
  const chat = opened();
  if (chat.type === "private") return store.bot.description || "No messages yet. Press Start to begin.";
  return "No messages yet. Try /metrics deepseek, or open the list of commands with the button below.";
}

async function send(text, replyTo) {
  const chat = opened();
  payloads.delete(chat.id);
  try {
    await act("send", { user_id: chat.speaker, chat_id: chat.id, text, reply_to: replyTo });
  } catch (error) {
    notice(error.message);
  }
}

function speak(personId) {
  const chat = opened();
  chat.speaker = personId;
  conversation.show(store.messages(chat), true);
}

function followLink(url, event) {
  event.preventDefault();
  openLink(url);
}

/** A link to the bot leads into the private chat of who speaks; any other leaves the playground, after asking. */
function openLink(url) {
  const target = URL.canParse(url) ? new URL(url) : null;
  const name = target?.hostname === "t.me" ? target.pathname.slice(1) : "";
  if (name.toLowerCase() !== store.bot.username.toLowerCase()) {
    askToLeave(url);
    return;
  }
  const chat = store.chats.get(opened().speaker);
  if (!chat) return;
  const payload = target.searchParams.get("start");
  if (payload) payloads.set(chat.id, payload);
  if (store.open === chat.id) showComposer(chat);
  else location.hash = `chat/${chat.id}`;
  composer.focus();
}
