// The ladder: what crossed the wire between the two ends, downwards in time, each row as far from the last as any other.

const LADDER = { row: 30, line: 15, head: 44, sign: 5 };

/** How wide text gets; the canvas is never shown. */
const measureText = (() => {
  const pen = document.createElement("canvas").getContext("2d");
  return (text, font) => {
    pen.font = font;
    return pen.measureText(text).width;
  };
})();

/** Broken at spaces into lines of so many pixels; a word that is longer is broken anywhere. */
function wrapped(text, width, font) {
  const lines = [];
  let line = "";
  for (let word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (measureText(longer, font) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    while (word.length > 1 && measureText(word, font) > width) {
      let fits = word.length - 1;
      while (fits > 1 && measureText(word.slice(0, fits), font) > width) --fits;
      lines.push(word.slice(0, fits));
      word = word.slice(fits);
    }
    line = word;
  }
  return line ? [...lines, line] : lines;
}

/** Where the columns are. With little room a row's state goes below its time, and its note below its arrow. */
function ladderColumns(width) {
  const wide = width >= 700;
  const left = wide ? 236 : 104;
  const right = wide ? left + Math.min(320, Math.max(220, width * 0.3)) : width - 14;
  return { wide, width, time: wide ? 82 : 88, state: wide ? 98 : 88, left, right, note: wide ? right + 18 : left + 10 };
}

const TO_US = new Set(["fin-received", "rst-received"]);
const TO_PEER = new Set(["fin-sent", "rst-sent", "written"]);

/** The timeline, and between its entries what the process at the other end did. */
function ladderEntries(verdict, words) {
  const entries = verdict.timeline.map((entry, index) => {
    const [state, happened] = words.rungs?.[index] || [entry.state || "", entry.event];
    return { ...entry, state, happened };
  });
  const peer = verdict.peer;
  if (words.deed && entries.length > 0) {
    const deed = { at_ns: peer.at_ns, event: "peer-act", note: words.deed, evidence: "observed" };
    const after = entries.findIndex((entry) => entry.at_ns > peer.at_ns);
    entries.splice(after < 0 ? entries.length : after, 0, deed);
  }
  return entries;
}

function arrow(entry, at, y) {
  const toUs = TO_US.has(entry.event);
  const [from, to] = toUs ? [at.right - 4, at.left + 4] : [at.left + 4, at.right - 4];
  const tip = toUs ? LADDER.sign * 1.6 : -LADDER.sign * 1.6;
  const middle = (from + to) / 2;
  const label = entry.happened;
  const sure = entry.evidence === "observed";
  return svg("g", { class: `arrow ${label === "RST" ? "bad" : ""} ${sure ? "" : "unsure"}` },
    svg("line", { x1: from, y1: y, x2: to + tip * 0.8, y2: y }),
    svg("path", { d: `M${to} ${y}l${tip} ${-LADDER.sign}v${2 * LADDER.sign}z` }),
    svg("text", { x: middle, y: y + 4, class: "cargo" }, label));
}

function mark(entry, x, y) {
  const size = LADDER.sign;
  if (entry.event === "closed" || entry.event === "peer-act") return svg("circle", { cx: x, cy: y, r: size - 1, class: "deed" });
  const tone = entry.event === "error-taken" ? "unsure" : "bad";
  return svg("path", { d: `M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`, class: `cross ${tone}` });
}

const textLines = (lines, x, y, attributes = {}) =>
  lines.map((line, index) => svg("text", { x, y: y + 4 + index * LADDER.line, ...attributes }, line));

/** One row: what it draws, and how high it is. */
function ladderRow(entry, at, y, fonts) {
  const crosses = TO_US.has(entry.event) || TO_PEER.has(entry.event);
  const atPeer = entry.event === "peer-act";
  const unsure = entry.evidence === "observed" ? "" : `(${entry.evidence})`;
  const note = safe([entry.note, unsure].filter(Boolean).join(" "));
  const parts = [svg("text", { x: at.time, y: y + 4, class: "when" }, offset(entry.at_ns))];
  let height = LADDER.row;
  const { state } = entry;
  const stateY = at.wide ? y + 4 : y + 4 + LADDER.line;
  if (state) {
    parts.push(svg("text", { x: at.state, y: stateY, class: at.wide ? "state" : "state below" }, state));
    if (!at.wide) height += LADDER.line - 4;
  }
  if (crosses) parts.push(arrow(entry, at, y));
  if (atPeer) parts.push(mark(entry, at.right, y));
  if (!crosses && !atPeer) {
    const words = wrapped(safe(entry.happened), at.right - at.left - 24, fonts.text);
    const tone = entry.event === "closed" ? "" : entry.event === "error-taken" ? "unsure" : "bad";
    parts.push(mark(entry, at.left, y), textLines(words, at.left + 14, y, { class: `words ${tone}` }));
    height = Math.max(height, LADDER.row + (words.length - 1) * LADDER.line);
  }
  if (note && (at.wide || atPeer)) {
    const room = at.wide ? at.width - at.note : at.right - at.left - 24;
    const lines = wrapped(note, room, fonts.text);
    const where = at.wide ? { class: "note" } : { class: "note to-peer" };
    parts.push(textLines(lines, at.wide ? at.note : at.right - 12, y, where));
    height = Math.max(height, LADDER.row + (lines.length - 1) * LADDER.line);
  } else if (note) {
    const lines = wrapped(note, at.right - at.note - 10, fonts.text);
    parts.push(textLines(lines, at.note, y + LADDER.line + 2, { class: "note faint" }));
    height = Math.max(height, LADDER.row + 2 + lines.length * LADDER.line);
  }
  return [parts, height];
}

function ladderHeads(verdict, at, fonts) {
  const { local = "", remote = "" } = verdict.connection || {};
  const peer = verdict.peer?.process;
  const here = nameOf(verdict.process) ? `${nameOf(verdict.process)}, here` : "here";
  const there = peer ? briefly(peer) + hostWords(peer.host) : remote || "the other end";
  // The left one may begin at the page's edge, the right one go to the other edge.
  const half = at.wide ? at.right - at.left - 30 : (at.width - 20) / 2;
  const head = (x, text, y, name, room) =>
    svg("text", { x, y, class: `head ${name}` }, wrapped(safe(text), room, fonts.head)[0] || "");
  const leftX = at.wide ? at.left : 4;
  const side = at.wide ? "" : " to-peer";
  const rightX = at.wide ? at.right : at.width - 4;
  const rightRoom = at.wide ? at.width - at.right : half;
  return [
    head(leftX, here, 14, "name", half), head(leftX, local, 30, "address", half),
    head(rightX, there, 14, `name${side}`, rightRoom), peer && head(rightX, remote, 30, `address${side}`, rightRoom),
  ];
}

/** Drawn for so many pixels; null where nothing is known of what happened when. */
function ladder(verdict, words, width) {
  const entries = ladderEntries(verdict, words);
  if (entries.length === 0) return null;
  const family = getComputedStyle(document.body).fontFamily;
  const fonts = { text: `12.5px ${family}`, head: `600 13px ${family}` };
  const at = ladderColumns(width);
  const rows = [];
  let y = LADDER.head + LADDER.row / 2;
  for (const entry of entries) {
    const [parts, height] = ladderRow(entry, at, y, fonts);
    rows.push(svg("g", { class: "rung" }, parts));
    y += height;
  }
  const bottom = y - LADDER.row / 2 + 4;
  const life = (x) => svg("line", { x1: x, y1: LADDER.head - 6, x2: x, y2: bottom, class: "life" });
  const picture = { class: "ladder", width, height: bottom + 4, viewBox: `0 0 ${width} ${bottom + 4}`, role: "img" };
  return svg("svg", { ...picture, "aria-label": "what crossed the wire, in time" },
    life(at.left), life(at.right), ladderHeads(verdict, at, fonts), rows);
}
