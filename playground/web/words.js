// Names, times and sizes as people read them.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY_SECONDS = 86400;

export const clock = (seconds) => CLOCK.format(seconds * 1000);
export const fullDate = (seconds) => FULL.format(seconds * 1000);

/** "Today", "Yesterday" or the day's name and date. */
export function dayName(seconds) {
  const day = new Date(seconds * 1000).toDateString();
  const now = Date.now();
  if (day === new Date(now).toDateString()) return "Today";
  if (day === new Date(now - DAY_SECONDS * 1000).toDateString()) return "Yesterday";
  return DAY.format(seconds * 1000);
}

export function nameOf(user) {
  if (!user) return "";
  return [user.first_name, user.last_name].filter(Boolean).join(" ") || user.title || String(user.id);
}

export function bytes(size) {
  if (!Number.isFinite(size)) return "";
  if (size < 1000) return `${size} B`;
  if (size < 1e6) return `${(size / 1000).toFixed(size < 1e4 ? 1 : 0)} kB`;
  return `${(size / 1e6).toFixed(1)} MB`;
}
