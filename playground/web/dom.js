// Making elements. Text goes in as text nodes only: nothing in these modules ever parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, attributes (names with a hyphen, role, for), listeners (on…) and children. */
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const PATHS = {
  back: ["M15 5l-7 7 7 7"],
  send: ["M5 12h13", "M12 5l7 7-7 7"],
  download: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
  outward: ["M8 16l8-8", "M9 8h7v7"],
  group: ["M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M3.5 19c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5",
    "M16 11a2.5 2.5 0 1 0-.8-4.9", "M17.2 14.7c1.8.5 3 1.9 3.4 4.3"],
};

/** A line drawing that only decorates; what it means is said by the label of the button around it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.classList.add("icon");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** A round picture with the first letters of a name; the colour follows from the id. */
export function avatar(name, id, kind) {
  const letters = [...name.replace(/[^\p{L}\p{N} ]/gu, "")];
  const words = letters.join("").split(" ").filter(Boolean);
  const short = words.length > 1 ? [...words[0]][0] + [...words[words.length - 1]][0] : [...(words[0] ?? "?")][0];
  const tone = `tone-${Math.abs(Number(id) || 0) % 5}`;
  const face = make("span", { className: `avatar ${tone}`, "aria-hidden": "true" });
  face.append(kind === "group" ? icon("group") : short.toUpperCase());
  return face;
}
