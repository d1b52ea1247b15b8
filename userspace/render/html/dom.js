"use strict";
// What the page is made with. What a process chose (its name, a path) reaches it as text nodes only.

const SVG = "http://www.w3.org/2000/svg";

/** Invisible and direction-changing characters, spelled out: a name may hold any. */
function safe(text) {
  return String(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(safe(child)));
  }
  return node;
}

const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

const grouped = (number) => number.toLocaleString("en-US");
const counted = (number, one) => `${grouped(number)} ${one}${number === 1 ? "" : "s"}`;

const PHRASES = JSON.parse(document.getElementById("phrases").textContent);

/** A sentence of the tool's, with these filled in. */
function phrase(name, ...values) {
  const texts = [PHRASES[name]].flat();
  let next = 0;
  return texts.at(values[0] === 1 ? 0 : -1).replace(/\{\}/g, () => {
    const value = values[next++];
    return typeof value === "number" ? grouped(value) : value;
  });
}

/** "101.2 µs": four digits, as in the terminal's report. */
function span(ns) {
  const size = Math.abs(ns);
  if (size < 1e3) return `${Math.round(ns)} ns`;
  const [unit, name] = size < 999.95e3 ? [1e3, "µs"] : size < 999.95e6 ? [1e6, "ms"] : [1e9, "s"];
  if (size >= 60e9) {
    const seconds = Math.round(size / 1e9);
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return `${ns < 0 ? "-" : ""}${hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${rest} s`}`;
  }
  return `${(ns / unit).toPrecision(4)} ${name}`;
}

const offset = (ns) => (ns === 0 ? "0" : ns > 0 ? `+${span(ns)}` : span(ns).replace("-", "−"));

/** The class that bears a cause's colour. A cause that a later version knows has none, and is grey. */
const causeClass = (cause) => (/^[a-z-]+$/.test(cause) ? `cause-${cause}` : "");

const nameOf = (process) => process?.name || process?.comm || "";

/** "orders-api[4242]": the shortest that distinguishes one process from another. */
function briefly(process) {
  if (!process) return "";
  return process.pid ? `${nameOf(process)}[${process.pid}]` : nameOf(process);
}

const hostWords = (host) => (host ? ` on ${host}` : "");

/** A piece of a sentence: its text, or [tone, text] where it has one. */
const spanNode = (piece) =>
  (typeof piece === "string" ? piece : html(piece[0] === "strong" ? "bdi" : "span", { class: piece[0] }, piece[1]));

/** A sentence, as the tool wrote it. */
const lineNodes = (line) => (line || []).map(spanNode);

const sureness = (verdict) =>
  verdict.cause === "unknown" && verdict.confidence === "unknown" ? "" : ` (${verdict.confidence})`;
