// One verdict in full. Made when it is opened, and only then.

const hex = (number) => `0x${number.toString(16)}`;

function frameName(frame) {
  if (frame.function) return `${frame.function}+${hex(frame.offset ?? 0)}`;
  if (frame.module || frame.build_id) return `${frame.module || frame.build_id}+${hex(frame.offset ?? 0)}`;
  return frame.address || "?";
}

function stackTable(title, frames) {
  if (!frames?.length) return null;
  const rows = frames.map((frame) => html("tr", {},
    html("td", {}, frameName(frame)),
    html("td", { title: frame.file && safe(frame.file) }, frame.file ? `${frame.file.split("/").pop()}${frame.line ? `:${frame.line}` : ""}` : ""),
    html("td", { title: frame.build_id && `build id ${frame.build_id}` }, frame.module || ""),
    html("td", {}, frame.function || frame.module ? frame.address : "")));
  return html("section", { class: "stack" }, html("h4", {}, title), html("div", { class: "scroll" }, html("table", {}, html("tbody", {}, rows))));
}

/** [label, what] pairs, of which those without a what are left out. */
function factList(kind, facts) {
  const known = facts.filter(([, what]) => what);
  return known.length > 0 && html("dl", { class: kind },
    known.map(([label, what, tone]) => [html("dt", {}, label), html("dd", { class: tone }, what)]));
}

function headline(verdict) {
  const [what, afterwards] = opening(verdict);
  const subject = verdict.process ? who(verdict.process) : verdict.type === "teardown" ? "" : "an unknown process";
  const where = verdict.process ? place(verdict.process) : "";
  return html("h3", {}, html("span", { class: "bad" }, what), " ", html("bdi", {}, subject), hostWords(verdict.host),
    senderWords(verdict), where && `, in ${where}`, afterwards);
}

function callLine(verdict) {
  const wrote = verdict.write && verdict.cause !== "sent-by-process";
  const called = wrote ? [call(verdict.write), verdict.write.error && [" = ", html("span", { class: "bad" }, verdict.write.error)]] : [];
  return html("p", { class: "call mono" }, html("span", {}, called), html("span", {}, ends(verdict)));
}

function explanation(verdict) {
  const peer = verdict.peer;
  const cause = [html("span", { class: `key ${causeClass(verdict.cause)}` }, verdict.cause),
    html("span", { class: verdict.confidence === "observed" ? "faint" : "unsure" }, sureness(verdict)), ": ", verdict.summary];
  const acted = peer && (peer.process ? [html("b", {}, who(peer.process)), ": ", act(peer), when(peer, verdict.type)] : act(peer));
  return factList("facts", [
    ["cause", cause],
    ...verdict.modifiers.map((modifier) => ["but", MODIFIERS[modifier] || modifier]),
    ["peer", acted],
    ...(verdict.why || []).map((reason, index) => [index === 0 ? "why" : "", `${reason.summary}${sureness(reason)}`]),
    ["timer", verdict.timeout && timer(verdict.timeout)],
    ["by", verdict.killed_by && who(verdict.killed_by)],
    ["lost", lostBytes(verdict.bytes)],
    ["warning", verdict.lost_events > 0 &&
      `${counted(verdict.lost_events, "event")} lost in the time that this speaks of: it may not be the whole story`, "unsure"],
  ]);
}

function processDetails(process) {
  if (!process) return "";
  const container = process.container ? `container ${process.container.id}` : "";
  return [process.exe, process.cgroup, container, process.unit].filter(Boolean).join("  ·  ");
}

function further(verdict, teardown) {
  const connection = verdict.connection || {};
  const bytes = verdict.bytes || {};
  const states = verdict.states || teardown?.states;
  const fd = verdict.process?.fd ?? verdict.write?.fd;
  const opened = { us: "we opened it", peer: "the peer opened it" }[connection.opened_by];
  const first = { us: "we closed first", peer: "the peer closed first" }[verdict.closed_first];
  const socket = [fd !== undefined && `fd ${fd}`, connection.id && `id ${connection.id}`,
    connection.netns && `network namespace ${connection.netns}`, opened, first];
  return html("details", { class: "further" }, html("summary", {}, "more"), factList("facts mono", [
    ["time", verdict.time],
    ["program", processDetails(verdict.process)],
    ["peer's", processDetails(verdict.peer?.process)],
    ["socket", socket.filter(Boolean).join(", ")],
    ["states", states?.map((state) => `${state.state} ${span(state.ns)}`).join(", ")],
    ["bytes", [bytes.sent !== undefined && `${byteCount(bytes.sent)} sent`,
      bytes.received !== undefined && `${byteCount(bytes.received)} received`].filter(Boolean).join(", ")],
    ["evidence", verdict.evidence.join(" ")],
    ["its end", teardown && `the connection's own end is reported too: ${teardown.time}, events ${teardown.evidence.join(" ")}`],
    ["joined", verdict.joined && `${verdict.joined.host || "another recording"}${verdict.joined.id ? `, socket ${verdict.joined.id}` : ""}: ${verdict.joined.evidence.join(" ")}`],
  ]));
}

/** The line as it is, for whoever goes on with a program. */
function source(verdict) {
  const text = html("pre", {});
  const box = html("details", { class: "further" }, html("summary", {}, "JSON"), text);
  box.addEventListener("toggle", () => { text.textContent = safeLines(JSON.stringify(verdict, null, 2)); }, { once: true });
  return box;
}

const safeLines = (text) => text.split("\n").map(safe).join("\n");

function ladderBox(verdict) {
  const box = html("div", { class: "ladder-box" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(Math.min(box.clientWidth, 1040));
    if (width < 100 || Math.abs(width - drawn) < 4) return;
    drawn = width;
    box.replaceChildren(ladder(verdict, width));
  }).observe(box);
  return box;
}

/** `teardown`: the end of the same connection, where that is reported too. */
function details(row) {
  const { verdict, teardown, number } = row;
  const ours = verdict.type === "teardown" ? "where our side ended it" : "where it was written";
  return html("article", {},
    html("a", { class: "permalink", href: `#${number}`, title: "a link to this one" }, `#${number}`),
    headline(verdict), callLine(verdict), explanation(verdict),
    verdict.timeline.length > 0 && ladderBox(verdict),
    html("div", { class: "stacks" }, stackTable(ours, verdict.stack), stackTable("where the peer did it", verdict.peer?.stack)),
    verdict.advice && html("p", { class: "advice" }, html("b", {}, "advice "), verdict.advice),
    html("div", { class: "folded" }, further(verdict, teardown), source(verdict)));
}
