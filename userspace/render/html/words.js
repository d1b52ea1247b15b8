"use strict";
// How facts are put in words. What a process chose (its name, a path) reaches the page as text nodes only.

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
const byteCount = (bytes) => `${grouped(bytes)} B`;

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

/** "orders-api, pid 4242, thread 4251 (flusher)". */
function who(process) {
  if (!process) return "an unknown process";
  const parts = [nameOf(process)];
  if (process.pid) {
    const other = process.own_pid && process.own_pid !== process.pid ? ` (${process.own_pid} in its namespace)` : "";
    parts.push(`pid ${process.pid}${other}`);
  }
  if (process.tid && process.tid !== process.pid) {
    const ownName = process.comm && process.name && process.comm !== process.name ? ` (${process.comm})` : "";
    parts.push(`thread ${process.tid}${ownName}`);
  }
  return (parts.filter(Boolean).join(", ") || "an unknown process") + hostWords(process.host);
}

function place(process) {
  const container = process?.container;
  const inContainer = container ? `${container.runtime ? `${container.runtime} ` : ""}container ${container.id}` : "";
  return [process?.unit, inContainer].filter(Boolean).join(", ");
}

const OPENINGS = {
  killed: ["SIGPIPE killed", ""],
  handled: ["SIGPIPE handled by", ""],
  ignored: ["SIGPIPE ignored by", " (would have killed it)"],
  blocked: ["SIGPIPE blocked in", ""],
  suppressed: ["", " (MSG_NOSIGNAL)"],
};

const BREAKS = {
  "refused": "connection refused",
  "timed-out": "connection timed out",
  "unreachable": "peer unreachable",
  "killed-by-admin": "connection killed",
  "orderly": "connection closed in good order",
};

const breakWords = (verdict) => BREAKS[verdict.cause] || "connection broken";

/** What happened, and what that was afterwards: "SIGPIPE killed", "". */
function opening(verdict) {
  if (verdict.type === "teardown") return [`${breakWords(verdict)}${verdict.process ? ":" : ""}`, ""];
  const error = verdict.write?.error;
  if (verdict.cause === "sent-by-process" && !verdict.signal) return ["SIGPIPE sent to", ""];
  const [what, afterwards] = OPENINGS[verdict.signal?.disposition] || [error ? `${error} in` : "write failed in", ""];
  return [what || `${error || "EPIPE"} in`, afterwards];
}

function senderWords(verdict) {
  if (verdict.cause !== "sent-by-process") return "";
  const sender = verdict.signal?.sender;
  if (!sender) return ", sent by a process";
  return sender.pid && sender.pid === verdict.process?.pid ? ", sent by itself" : `, sent by ${who(sender)}`;
}

/** "write(fd 9, 512 B)". */
function call(write) {
  const known = [write.fd !== undefined && `fd ${write.fd}`, write.bytes !== undefined && byteCount(write.bytes)];
  const parts = known.filter(Boolean).join(", ");
  if (write.syscall) return `${write.syscall}(${parts})`;
  return parts ? `a write (${parts})` : "a write";
}

const FILES = { pipe: "a pipe", unix: "a unix socket", mptcp: "an MPTCP connection", ktls: "a kTLS connection" };

function ends(verdict) {
  const file = verdict.write?.file;
  if (file === "pipe" || file === "unix") return FILES[file];
  const { local, remote } = verdict.connection || {};
  if (!local && !remote) return FILES[file] || "";
  const kind = file === "mptcp" ? " (MPTCP)" : file === "ktls" ? " (kTLS)" : "";
  return `${local || "?"} → ${remote || "?"}${kind}`;
}

const CALLS = { close: "close()", shutdown: "shutdown()", disconnect: "connect(AF_UNSPEC)" };

/** "close() with SO_LINGER 0 and 5 B unread". */
function act(peer) {
  const linger = peer.linger_zero ? "SO_LINGER 0" : "";
  const unread = peer.unread ? `${byteCount(peer.unread)} unread` : "";
  const with_ = [linger, unread].filter(Boolean).join(" and ");
  switch (peer.act) {
    case "exit": return `exited with status ${peer.exit_status ?? "?"}${with_ ? `, ${with_}` : ""}`;
    case "killed": return `killed by ${peer.signal || "a signal"}${with_ ? `, ${with_}` : ""}`;
    case "listener-closed": return "closed its listener before this connection was accepted";
    case "held-other-end": return "held the other end when tcpblame attached";
    case "connected-other-end": return "was at the other end when it was connected (SO_PEERCRED)";
    case "accept-queue-overflow": return "accept queue full, and tcp_abort_on_overflow is set";
    default: return `${CALLS[peer.act] || peer.act}${with_ ? ` with ${with_}` : ""}`;
  }
}

/** ", 101.2 µs before the write". */
function when(peer, type) {
  if (peer.at_ns === 0 || peer.act === "held-other-end" || peer.act === "connected-other-end") return "";
  const moment = type === "teardown" ? "break" : "write";
  return `, ${span(Math.abs(peer.at_ns))} ${peer.at_ns < 0 ? "before" : "after"} the ${moment}`;
}

const TIMERS = { "retransmission": "retransmission", "keepalive": "keepalive", "zero-window": "zero window" };

function timer(timeout) {
  const limit = timeout.user_timeout_ms ? `TCP_USER_TIMEOUT ${timeout.user_timeout_ms} ms` : "";
  const name = TIMERS[timeout.kind];
  const head = name ? name + (limit ? ` (${limit})` : "") : limit || "TCP_USER_TIMEOUT";
  const facts = [
    timeout.retransmits && counted(timeout.retransmits, "retransmit"),
    timeout.probes && `${counted(timeout.probes, "probe")} without an answer`,
    timeout.silent_ms && `peer silent for ${span(timeout.silent_ms * 1e6)}`,
  ].filter(Boolean);
  return head + (facts.length ? `: ${facts.join(", ")}` : "");
}

function lostBytes(bytes) {
  if (!bytes) return "";
  const { unacknowledged, unread, unread_by_peer: unreadByPeer } = bytes;
  if (unacknowledged === 0 && unread === 0 && !unreadByPeer) return "nothing: all written was acknowledged, all received was read";
  const parts = [];
  // What the peer lost says enough; that nothing else was lost is no comfort.
  if (unreadByPeer) parts.push(`${byteCount(unreadByPeer)}: acknowledged by its kernel, never read by its program`);
  const say = (count, some, none) => {
    if (count) parts.push(`${byteCount(count)} ${some}`);
    else if (count === 0 && !unreadByPeer) parts.push(none);
  };
  say(unacknowledged, "written were never acknowledged", "all written was acknowledged");
  say(unread, "received had not been read at the end", "all received was read");
  return parts.join("; ");
}

const CONSEQUENCES = {
  killed: " and SIGPIPE, default action",
  handled: " and SIGPIPE, handled",
  ignored: "; SIGPIPE is ignored",
  blocked: "; SIGPIPE is blocked, and pending",
  suppressed: "; MSG_NOSIGNAL, so no SIGPIPE",
};

const MODIFIERS = {
  "error-already-taken": "an earlier call had already taken the socket's error; so this write got EPIPE",
};

const sureness = (verdict) =>
  verdict.cause === "unknown" && verdict.confidence === "unknown" ? "" : ` (${verdict.confidence})`;
