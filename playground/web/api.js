// The control interface of the playground: orders, readings, files, and the live stream of events.

const BASE = "/playground/";
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;

/** The playground refused an order; the message is its own words. */
export class Refused extends Error {}

/** The playground cannot be reached. */
export class Unreachable extends Error {}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Unreachable("The playground does not answer.");
  }
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (!answer.ok) throw new Refused(answer.error);
  return answer.result;
}

export function read(name, query = {}) {
  return request(`${BASE}${name}?${new URLSearchParams(query)}`);
}

export function act(name, order) {
  return request(BASE + name, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
}

export const fileUrl = (id) => `${BASE}file?${new URLSearchParams({ id })}`;

/** Everything there is: `{bot, people, chats (with messages), seq}`. */
export async function snapshot() {
  const state = await read("state");
  const chats = state.chats.filter((chat) => chat.moved_to === null);
  const messages = await Promise.all(chats.map((chat) => read("messages", { chat_id: chat.id })));
  return { ...state, chats: chats.map((chat, i) => ({ ...chat, messages: messages[i] })) };
}

/**
 * Follows events for ever. `load()` reads everything and gives the number of the last event it knows; it runs at
 * the start and when events were lost. `hear(event)` gets each event, `connected(yes)` each change of the line.
 */
export function follow({ load, hear, connected }) {
  let seq = 0;
  let wait = FIRST_WAIT_MS;
  let stale = true;

  async function connect() {
    try {
      if (stale) seq = await load();
      stale = false;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      retry();
      return;
    }
    const source = new EventSource(`${BASE}events?after=${seq}`);
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      connected(true);
    };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "reset") {
        stale = true;
        source.close();
        connect();
        return;
      }
      seq = event.seq;
      hear(event);
    };
    source.onerror = () => {
      source.close();
      retry();
    };
  }

  function retry() {
    connected(false);
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  connect();
}
