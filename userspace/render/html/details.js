// One verdict in full. Made when it is opened, and only then.

const hex = (number) => `0x${number.toString(16)}`;

function frameName(frame) {
  if (frame.function) return frame.inlined ? frame.function : `${frame.function}+${hex(frame.offset ?? 0)}`;
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

/** The words of a verdict's facts are the tool's: [label, line] pairs. */
function explanation(verdict, words) {
  return factList("facts", (words.facts || []).map(([label, line]) => {
    if (label !== "cause") return [label, lineNodes(line), label === "warning" && "unsure"];
    const [cause, ...rest] = line;
    return [label, [html("span", { class: `key ${causeClass(verdict.cause)}` }, [cause].flat().at(-1)), lineNodes(rest)]];
  }));
}

function further(verdict, words, teardown) {
  const joined = verdict.joined;
  return html("details", { class: "further" }, html("summary", {}, "more"), factList("facts mono", [
    ["time", verdict.time],
    ...(words.details || []).map(([label, line]) => [label, lineNodes(line)]),
    ["evidence", verdict.evidence.join(" ")],
    ["its end", teardown && `${teardown.time}, events ${teardown.evidence.join(" ")}`],
    ["joined", joined && `${joined.host || "another recording"}${joined.id ? `, socket ${joined.id}` : ""}: ${joined.evidence.join(" ")}`],
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

function ladderBox(verdict, words) {
  const box = html("div", { class: "ladder-box" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(Math.min(box.clientWidth, 1040));
    if (width < 100 || Math.abs(width - drawn) < 4) return;
    drawn = width;
    box.replaceChildren(ladder(verdict, words, width));
  }).observe(box);
  return box;
}

/** `teardown`: the end of the same connection, where that is reported too. */
function details(row) {
  const { verdict, words, teardown, number } = row;
  const ours = verdict.type === "teardown" ? "where our side ended it" : "where it was written";
  return html("article", {},
    html("a", { class: "permalink", href: `#${number}`, title: "a link to this one" }, `#${number}`),
    html("h3", {}, lineNodes(words.headline)),
    html("p", { class: "call mono" }, html("span", {}, lineNodes(words.call)), html("span", {}, words.ends)),
    explanation(verdict, words),
    verdict.timeline.length > 0 && ladderBox(verdict, words),
    html("div", { class: "stacks" }, stackTable(ours, verdict.stack), stackTable("where the peer did it", verdict.peer?.stack)),
    verdict.advice && html("p", { class: "advice" }, html("b", {}, "advice "), verdict.advice),
    html("div", { class: "folded" }, further(verdict, words, teardown), source(verdict)));
}
