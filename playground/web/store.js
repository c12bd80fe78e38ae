// What the page knows: people, chats, messages. Changes come in as events; whoever listens is told what changed.

/** Whether a member of a chat is still there. */
export const isInside = ({ status }) => status !== "left" && status !== "kicked";

/** `listen({kind, chatId, message})` hears every change; kinds: all, sent, edited, deleted,
 * read, chat (its name or members) and action. */
export function makeStore(listen) {
  const store = {
    bot: null,
    people: [],
    chats: new Map(),
    open: null, // id of the chat on screen
    actions: new Map(), // chat id -> what the bot is doing there, in words
  };
  const timers = new Map();

  /** Takes over a whole snapshot, at the start and whenever the live line was lost. */
  store.load = (snapshot) => {
    const known = store.chats;
    store.bot = snapshot.bot;
    store.people = snapshot.people;
    store.chats = new Map(snapshot.chats.map((chat) => [chat.id, adopt(chat, known.get(chat.id))]));
    listen({ kind: "all" });
  };

  function adopt(chat, before) {
    const messages = new Map(chat.messages.map((message) => [message.message_id, message]));
    const isMissed = (message) => before && fromBot(message) && !before.messages.has(message.message_id);
    const missed = [...messages.values()].filter(isMissed);
    const unread = isRead(chat.id) ? 0 : (before?.unread ?? 0) + missed.length;
    const insiders = people(chat);
    const speaker = insiders.some(({ id }) => id === before?.speaker) ? before.speaker : insiders[0]?.id;
    return { ...chat, ...named(chat), messages, unread, speaker };
  }

  /** A private chat is named after the bot and says whose it is; a group has its title. */
  function named(chat) {
    if (chat.type !== "private") return { name: chat.title, owner: null, tone: 4 };
    return { name: store.bot.first_name, owner: chat.first_name, tone: chat.id };
  }

  function people(chat) {
    const inside = new Set(chat.members.filter(isInside).map(({ id }) => id));
    return store.people.filter(({ id }) => inside.has(id));
  }

  store.put = (message) => {
    const chat = store.chats.get(message.chat.id);
    if (!chat) return false;
    const isNew = !chat.messages.has(message.message_id);
    chat.messages.set(message.message_id, message);
    if (isNew && fromBot(message)) {
      endAction(chat.id);
      if (!isRead(chat.id)) chat.unread += 1;
    }
    listen({ kind: isNew ? "sent" : "edited", chatId: chat.id, message });
    return true;
  };

  store.remove = (chatId, messageId) => {
    if (!store.chats.get(chatId)?.messages.delete(messageId)) return;
    listen({ kind: "deleted", chatId, message: { message_id: messageId } });
  };

  /** Members, title or state of a chat changed; false when the chat is not known yet or moved away. */
  store.change = (chat) => {
    const known = store.chats.get(chat.id);
    if (!known || chat.moved_to !== null) return false;
    Object.assign(known, chat, named(chat));
    if (!people(known).some(({ id }) => id === known.speaker)) known.speaker = people(known)[0]?.id;
    listen({ kind: "chat", chatId: chat.id });
    return true;
  };

  /** The bot's own name or description changed. */
  store.rename = (bot) => {
    store.bot = bot;
    for (const chat of store.chats.values()) {
      Object.assign(chat, named(chat));
      listen({ kind: "chat", chatId: chat.id });
    }
  };

  store.markRead = (chatId) => {
    const chat = store.chats.get(chatId);
    if (!chat?.unread) return;
    chat.unread = 0;
    listen({ kind: "read", chatId });
  };

  /** What the bot is doing; it ends with its next message or after five seconds, as in Telegram. */
  store.beginAction = (chatId, words) => {
    store.actions.set(chatId, words);
    clearTimeout(timers.get(chatId));
    timers.set(chatId, setTimeout(() => {
      if (endAction(chatId)) listen({ kind: "action", chatId });
    }, 5000));
    listen({ kind: "action", chatId });
  };

  function endAction(chatId) {
    clearTimeout(timers.get(chatId));
    return store.actions.delete(chatId);
  }

  store.messages = (chat) => [...chat.messages.values()].sort((one, other) => one.message_id - other.message_id);
  store.last = (chat) => store.messages(chat).at(-1) ?? null;
  store.insiders = people;
  store.unread = () => [...store.chats.values()].reduce((sum, chat) => sum + chat.unread, 0);

  const fromBot = (message) => message.from?.id === store.bot?.id;
  const isRead = (chatId) => store.open === chatId && !document.hidden;
  return store;
}
