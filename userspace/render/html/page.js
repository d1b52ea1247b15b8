// The page: a summary, the breaks over time, and a table to sort and to filter, of which as many rows are made as are looked at.

const ROWS_AT_ONCE = 150;
const MOST_TALLIED = 6;
const MOST_GROUPS = 12;
const COLUMNS = [
  ["ns", "Time"], ["process", "Process"], ["what", "What"], ["ends", "Connection"], ["cause", "Cause"], ["peer", "Peer"],
];

const connectionKey = (verdict) => verdict.connection?.id && `${verdict.host || ""}/${verdict.connection.id}`;

/** Who was at the other end: the process, else the address, with the port where that is the one we called. */
function peerName(verdict) {
  if (verdict.peer?.process) return nameOf(verdict.peer.process) || briefly(verdict.peer.process);
  const remote = verdict.connection?.remote;
  if (!remote) return "";
  return verdict.connection.opened_by === "us" ? remote : remote.slice(0, remote.lastIndexOf(":"));
}

const OF_OUR_OWN = new Set(["local-shutdown", "local-abort", "never-connected"]);
const NO_ACT = new Set(["held-other-end", "connected-other-end"]);

/** Whose act broke it, where that was seen: not who merely was at the other end. */
function culpritOf(verdict) {
  if (OF_OUR_OWN.has(verdict.cause)) return phrase("itself");
  const process = verdict.peer && !NO_ACT.has(verdict.peer.act) ? verdict.peer.process : verdict.killed_by || verdict.signal?.sender;
  return process ? nameOf(process) + hostWords(process.host) : "";
}

function searchText(row) {
  const { verdict } = row;
  const frames = [...(verdict.stack || []), ...(verdict.peer?.stack || [])].map((frame) => `${frame.function || ""} ${frame.module || ""} ${frame.file || ""}`);
  return [row.process, row.what, row.ends, row.cause, row.peer, verdict.confidence, verdict.summary, verdict.signal?.disposition,
    verdict.process?.comm, verdict.process?.tid, verdict.process?.exe, verdict.process?.cgroup, verdict.host, ...verdict.modifiers, ...frames]
    .filter(Boolean).join("\n").toLowerCase();
}

/** A write that failed and the end of its connection are one row: the write says it all. */
function rowsOf(verdicts, wordsOf) {
  const hosts = new Set(verdicts.map((verdict) => verdict.host));
  const onHost = (verdict) => (hosts.size > 1 ? hostWords(verdict.host) : "");
  const written = new Map();
  const rows = [];
  for (const verdict of verdicts) {
    if (verdict.type === "verdict") written.set(connectionKey(verdict), null);
  }
  const ends_ = new Map(); // of those
  for (const verdict of verdicts) {
    const key = connectionKey(verdict);
    if (verdict.type === "teardown" && key && written.has(key)) ends_.set(key, verdict);
  }
  for (const [index, verdict] of verdicts.entries()) {
    const key = connectionKey(verdict);
    const teardown = key && ends_.get(key);
    if (teardown === verdict) continue;
    const words = wordsOf[index] || {};
    rows.push({ verdict, words, teardown, number: rows.length + 1, ns: verdict.monotonic_ns, cause: verdict.cause,
      process: briefly(verdict.process) + onHost(verdict), name: nameOf(verdict.process),
      what: words.what || "", ends: words.ends || "", peer: words.by || "", peerName: peerName(verdict),
      victim: nameOf(verdict.process) + onHost(verdict), culprit: culpritOf(verdict) });
  }
  return rows;
}

/** Milliseconds since the epoch, with what is less than one of them. */
const exactMs = (time) => Date.parse(`${time.slice(0, 19)}Z`) + Number(`0${time.slice(19, -1)}`) * 1000;

/**
 * Times of day, in UTC or as the reader's clock has it, of the nanoseconds that the lines are held apart by. How far they are
 * from each other changes where somebody set the clock.
 */
class Clock {
  constructor(lines) {
    this.offsets = []; // {ns, ms}: from when on, and how much
    for (const line of [...lines].sort((one, other) => one.monotonic_ns - other.monotonic_ns)) {
      const ms = exactMs(line.time) - line.monotonic_ns / 1e6;
      if (!this.offsets.length || Math.abs(ms - this.offsets.at(-1).ms) > 1) this.offsets.push({ ns: line.monotonic_ns, ms });
    }
    this.utc = true;
  }

  offset(ns) { return (this.offsets.findLast((offset) => offset.ns <= ns) || this.offsets[0] || { ms: 0 }).ms; }

  ms(ns) { return this.offset(ns) + ns / 1e6; }

  zoneMs(ms) { return this.utc ? 0 : -new Date(ms).getTimezoneOffset() * 60e3; }

  shown(ms) { return new Date(ms + this.zoneMs(ms)).toISOString(); }

  day(ns) { return this.shown(this.ms(ns)).slice(0, 10); }

  time(ns, fine) { return this.shown(this.ms(ns)).slice(11, fine ? 23 : 19); }

  /** The moment of a line, which says itself when it was. */
  moment(line) {
    const shown = this.shown(Date.parse(line.time));
    return this.days ? `${shown.slice(5, 10)} ${shown.slice(11, 23)}` : shown.slice(11, 23);
  }

  label(ns, fine) { return this.days ? `${this.day(ns).slice(5)} ${this.time(ns, false).slice(0, 5)}` : this.time(ns, fine); }

  /** The first round time of day that is not before. */
  round(ns, every) {
    const ms = this.ms(ns);
    const sinceMidnight = ((ms + this.zoneMs(ms)) % 864e5) * 1e6;
    return ns - sinceMidnight + Math.ceil(sinceMidnight / every) * every;
  }
}

function tallied(rows, key) {
  const counts = new Map();
  for (const row of rows) {
    if (row[key]) counts.set(row[key], (counts.get(row[key]) || 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}

/** Who broke whom, how and why: alike but for pids, ports and numbers; the most frequent first. */
function groupsOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (row.cause === "orderly") continue;
    const act = row.verdict.peer?.act || "";
    const key = JSON.stringify([row.victim, row.culprit || row.peerName, act, row.cause]);
    const group = groups.get(key) || { victim: row.victim, culprit: row.culprit, act, cause: row.cause, name: row.name, peerName: row.peerName, count: 0, from: row.ns, to: row.ns };
    ++group.count;
    group.from = Math.min(group.from, row.ns);
    group.to = Math.max(group.to, row.ns);
    groups.set(key, group);
  }
  return [...groups.values()].sort((one, other) => other.count - one.count || one.from - other.from);
}

class Page {
  constructor(lines) {
    this.lines = lines;
    this.rows = rowsOf(lines.verdicts, lines.words);
    this.groups = groupsOf(this.rows);
    this.filters = { text: "", cause: "", name: "", peerName: "", kind: "", span: null };
    this.order = { key: "ns", down: false };
    const all = [lines.start, lines.end, ...lines.verdicts].filter(Boolean);
    this.clock = new Clock(all);
    const moments = all.map((line) => line.monotonic_ns);
    this.from = moments.reduce((least, ns) => Math.min(least, ns), Infinity);
    this.to = moments.reduce((most, ns) => Math.max(most, ns), 0);
    this.clock.from = this.from;
    this.clock.to = this.to;
    this.clock.days = this.clock.day(this.from) !== this.clock.day(this.to);
    const losses = lines.losses.map((loss) => ({ ns: loss.monotonic_ns, count: loss.count }));
    this.plot = new Plot(this.clock, losses, (span_) => this.filter({ span: span_ }));
    this.summary = html("div");
    this.groupsNode = html("section", { class: "groups" });
    this.tallies = html("div", { class: "tallies" });
    this.makeControls();
    this.makeTable();
    document.getElementById("page").append(this.summary, this.groupsNode, this.plot.node, this.tallies,
      html("section", { class: "verdicts" }, this.controls, this.chips, this.table, this.more));
    this.makeSummary();
    this.makeGroups();
    this.makeTallies();
    this.apply();
    new ResizeObserver(() => this.drawPlot()).observe(this.plot.canvas);
    window.addEventListener("hashchange", () => this.openLinked());
    this.openLinked();
    performance.mark("made");
  }

  // ── The summary ───────────────────────────────────────────────────────────────────────────────

  makeSummary() {
    const { start, end, losses, broken } = this.lines;
    // A write that failed and the end of its connection are one row; a SIGPIPE that a process sent is no write.
    const count = (fits) => this.rows.filter(({ verdict }) => fits(verdict)).length;
    const sent = count((verdict) => verdict.cause === "sent-by-process");
    const writes = count((verdict) => verdict.type === "verdict") - sent;
    const orderly = count((verdict) => verdict.cause === "orderly");
    const breaks = this.rows.length - sent - writes - orderly;
    const reported = [phrase("failed_writes", writes), (breaks > 0 || writes === 0) && phrase(writes > 0 ? "other_breaks" : "breaks", breaks),
      sent > 0 && phrase("sent_signals", sent), orderly > 0 && phrase("orderly", orderly)];
    const title = reported.filter(Boolean).join(", ");
    const recordings = start?.recordings || [];
    const several = (member) => [...new Set((recordings.length ? recordings : [start]).map((run) => run?.[member]))].filter(Boolean).join(", ");
    document.title = `tcpblame: ${title}${safe(hostWords(several("host")))}`;
    const lost = end ? end.lost_events : losses.reduce((sum, loss) => sum + loss.count, 0);
    const zone = html("button", { type: "button", class: "plain", title: "as this computer's clock has it, or UTC" }, this.clock.utc ? "UTC" : "local time");
    zone.addEventListener("click", () => this.changeZone());
    const range = `${this.clock.day(this.from)} ${this.clock.time(this.from)} – ${this.clock.days ? `${this.clock.day(this.to)} ` : ""}${this.clock.time(this.to)}`;
    this.summary.replaceChildren(
      html("header", {}, html("p", { class: "brand" }, "tcpblame", start?.version && html("span", {}, ` ${start.version}`)),
        html("h1", {}, title), this.lead()),
      factList("run", [
        ["watched", several("watching")],
        ["when", [html("span", { class: "mono" }, range), " ", zone, html("span", { class: "faint" }, ` ${span(this.to - this.from)}`),
          end?.reason === "cut-short" && html("span", { class: "unsure" }, phrase("cut_recording"))]],
        ["host", several("host")],
        ["kernel", several("kernel")],
        ["events lost", lost > 0 ? this.lossWords(lost) : end && phrase("none_lost"), lost > 0 ? "unsure" : ""],
      ]),
      recordings.length > 1 ? this.recordingsTable(recordings) : "",
      broken > 0 ? html("p", { class: "notice" }, phrase("cut_page", broken)) : "");
  }

  /** Who broke whom, how often and why, in one sentence: of the most frequent. */
  lead() {
    const [most] = this.groups;
    if (!most) return null;
    const all = this.groups.reduce((sum, { count }) => sum + count, 0);
    if (all === 1) {
      const { verdict, words } = this.rows.find(({ cause }) => cause !== "orderly");
      return html("p", { class: "lead" }, lineNodes(words.headline), ": ", verdict.summary);
    }
    const victim = html("bdi", { class: "strong" }, most.victim || phrase("unknown_process"));
    const subject = most.culprit && most.culprit !== phrase("itself") ? [html("bdi", { class: "strong" }, most.culprit), " ", phrase("broke"), " ", victim]
      : [victim, most.peerName && phrase("with", most.peerName)];
    return html("p", { class: "lead" }, subject, ", ", phrase("of_all", most.count, all), ": ",
      html("span", { class: `key ${causeClass(most.cause)}` }, most.cause), most.act && ` (${most.act})`);
  }

  makeGroups() {
    this.groupsNode.hidden = this.groups.length === 0;
    const head = html("tr", {}, [["number", "Times"], ["", "Process"], ["", "Broken by"], ["", "Act"], ["", "Cause"], ["when", "From – to"]]
      .map(([kind, title]) => html("th", { scope: "col", class: kind }, title)));
    const line = (group) => {
      const show = html("button", { type: "button", title: "show these alone" }, grouped(group.count));
      show.addEventListener("click", () => this.filter({ cause: group.cause, name: group.name, peerName: group.peerName }));
      return html("tr", {}, html("td", { class: "number" }, show), html("td", {}, html("bdi", {}, group.victim || phrase("unknown_process"))),
        html("td", {}, html("bdi", {}, group.culprit || phrase("not_seen"), !group.culprit && group.peerName && phrase("with", group.peerName))), html("td", {}, group.act),
        html("td", {}, html("span", { class: `key ${causeClass(group.cause)}` }, group.cause)),
        html("td", { class: "when mono" }, group.count > 1 ? `${this.clock.label(group.from)} – ${this.clock.label(group.to)}` : this.clock.label(group.from)));
    };
    const lines = this.groups.slice(0, MOST_GROUPS).map(line);
    const rest = this.groups.length - lines.length;
    this.groupsNode.replaceChildren(html("h2", {}, "Who broke whom"),
      html("table", {}, html("thead", {}, head), html("tbody", {}, lines)), rest > 0 ? html("p", { class: "faint" }, `and ${grouped(rest)} more`) : "");
  }

  lossWords(lost) {
    const where = this.lines.losses.slice(0, 20).map((loss) => {
      const before = this.clock.time(loss.monotonic_ns, true);
      const times = loss.after_monotonic_ns
        ? phrase("lost_between", this.clock.time(loss.after_monotonic_ns, true), before) : phrase("lost_before", before);
      const count = loss.cpu === undefined ? grouped(loss.count) : phrase("lost_on_cpu", loss.count, String(loss.cpu));
      return html("li", {}, count, hostWords(loss.host), times);
    });
    return html("details", {}, html("summary", {}, phrase("lost", lost)), html("ul", {}, where));
  }

  recordingsTable(recordings) {
    const rows = recordings.map((recording) => html("tr", {},
      [recording.time.slice(0, 19).replace("T", " "), recording.host, recording.kernel, recording.watching].map((text) => html("td", {}, text))));
    return html("details", { class: "recordings" }, html("summary", {}, phrase("recordings", recordings.length)),
      html("div", { class: "scroll" }, html("table", {}, html("tbody", {}, rows))));
  }

  changeZone() {
    this.clock.utc = !this.clock.utc;
    this.clock.days = this.clock.day(this.from) !== this.clock.day(this.to);
    this.makeSummary();
    this.makeGroups();
    this.apply();
  }

  makeTallies() {
    const box = (title, key, filter) => {
      const counts = tallied(this.rows, key);
      if (counts.length === 0) return null;
      const most = counts[0][1];
      const items = counts.slice(0, MOST_TALLIED).map(([name, count]) => {
        const bar = svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": true },
          svg("rect", { width: (100 * count) / most, height: 4, class: key === "cause" ? causeClass(name) : "" }));
        const item = html("button", { type: "button", title: "show these alone" },
          html("span", { class: key === "cause" ? `key ${causeClass(name)}` : "" }, html("bdi", {}, name)), html("span", { class: "number" }, grouped(count)), bar);
        item.addEventListener("click", () => this.filter({ [filter]: this.filters[filter] === name ? "" : name }));
        return html("li", {}, item);
      });
      const rest = counts.length - items.length;
      return html("section", {}, html("h2", {}, title), html("ol", {}, items), rest > 0 && html("p", { class: "faint" }, `and ${grouped(rest)} more`));
    };
    this.tallies.replaceChildren(...[box("By cause", "cause", "cause"), box("By process", "name", "name"), box("By peer", "peerName", "peerName")].filter(Boolean));
  }

  // ── What is to be shown ───────────────────────────────────────────────────────────────────────

  makeControls() {
    const select = (label, key, options) => {
      const node = html("select", { "aria-label": label, name: key }, html("option", { value: "" }, label),
        options.map(([value, words]) => html("option", { value }, words)));
      node.addEventListener("change", () => this.filter({ [key]: node.value }));
      return node;
    };
    const countedOptions = (key) => tallied(this.rows, key).map(([name, count]) => [name, `${name} (${grouped(count)})`]);
    this.text = html("input", { type: "search", name: "text", placeholder: "filter: words, addresses, pids, functions …", "aria-label": "filter", autocomplete: "off", spellcheck: "false" });
    this.text.addEventListener("input", () => this.filter({ text: this.text.value }));
    this.selects = {
      cause: select("any cause", "cause", countedOptions("cause")),
      name: select("any process", "name", countedOptions("name")),
      kind: select("writes and breaks, each once", "kind", [["verdict", "failed writes"], ["teardown", "broken connections"], ["orderly", "closed in good order"]]),
    };
    this.shown = html("output", { class: "shown", "aria-live": "polite" });
    this.controls = html("div", { class: "controls" }, this.text, Object.values(this.selects), this.shown);
    this.chips = html("div", { class: "chips" });
  }

  filter(change) {
    Object.assign(this.filters, change);
    for (const [key, node] of Object.entries(this.selects)) node.value = this.filters[key];
    this.plot.select(this.filters.span);
    this.apply();
  }

  showChips() {
    const { peerName, span: chosen } = this.filters;
    const chip = (words, change) => {
      const node = html("button", { type: "button", title: "no longer" }, html("bdi", {}, words), " ×");
      node.addEventListener("click", () => this.filter(change));
      return node;
    };
    const fine = chosen && chosen.to - chosen.from < 10e9;
    this.chips.replaceChildren(...[
      peerName && chip(`peer ${peerName}`, { peerName: "" }),
      chosen && chip(`${this.clock.time(chosen.from, fine)} – ${this.clock.time(chosen.to, fine)}`, { span: null }),
    ].filter(Boolean));
  }

  isOfKind(row) {
    const orderly = row.verdict.cause === "orderly";
    switch (this.filters.kind) {
      case "verdict": return row.verdict.type === "verdict";
      case "teardown": return !orderly && (row.verdict.type === "teardown" || Boolean(row.teardown));
      case "orderly": return orderly;
      default: return true;
    }
  }

  apply() {
    const { cause, name, peerName, text, span: chosen } = this.filters;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.inPlot = this.rows.filter((row) => (!cause || row.cause === cause) && (!name || row.name === name) &&
      (!peerName || row.peerName === peerName) && this.isOfKind(row) &&
      words.every((word) => (row.search ??= searchText(row)).includes(word)));
    this.visible = chosen ? this.inPlot.filter((row) => row.ns >= chosen.from && row.ns <= chosen.to) : [...this.inPlot];
    const { key, down } = this.order;
    const sign = down ? -1 : 1;
    this.visible.sort((one, other) => {
      if (one[key] === other[key]) return one.number - other.number;
      return (one[key] < other[key] ? -1 : 1) * sign;
    });
    this.drawPlot();
    this.showChips();
    this.showTable();
  }

  /** What closed in good order broke nothing: it is there only for whoever asks for it. */
  drawPlot() {
    const asked = this.filters.kind === "orderly" || this.filters.cause === "orderly";
    this.plot.draw(asked ? this.inPlot : this.inPlot.filter(({ cause }) => cause !== "orderly"));
  }

  // ── The table ─────────────────────────────────────────────────────────────────────────────────

  makeTable() {
    this.heads = COLUMNS.map(([key, title]) => {
      const button = html("button", { type: "button" }, title);
      button.addEventListener("click", () => {
        this.order = { key, down: this.order.key === key && !this.order.down };
        this.apply();
      });
      return html("th", { scope: "col", class: `of-${key}`, "data-key": key }, button);
    });
    this.body = html("tbody");
    this.table = html("table", { class: "list" }, html("thead", {}, html("tr", {}, this.heads)), this.body);
    this.body.addEventListener("click", (event) => {
      const line = event.target.closest("tr.row");
      if (line && (event.target.closest("button") || !String(getSelection()))) this.toggle(line);
    });
    this.more = html("button", { type: "button", class: "more" }, "more");
    this.more.addEventListener("click", () => this.addRows());
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.addRows(), { rootMargin: "600px" }).observe(this.more);
  }

  showTable() {
    for (const head of this.heads) {
      const sorted = head.dataset.key === this.order.key;
      if (sorted) head.setAttribute("aria-sort", this.order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.shown.replaceChildren(this.visible.length === this.rows.length ? counted(this.rows.length, "verdict")
      : `${grouped(this.visible.length)} of ${counted(this.rows.length, "verdict")}`);
    this.made = 0;
    this.body.replaceChildren();
    this.addRows();
    if (this.visible.length === 0) {
      const why = phrase(this.rows.length === 0 ? "no_break" : "no_match");
      this.body.append(html("tr", {}, html("td", { colspan: COLUMNS.length, class: "nothing" }, why)));
    }
  }

  addRows(until = this.made + ROWS_AT_ONCE) {
    const to = Math.min(until, this.visible.length);
    for (; this.made < to; ++this.made) this.body.append(this.tableRow(this.visible[this.made]));
    this.more.hidden = this.made >= this.visible.length;
    this.more.textContent = `${grouped(this.visible.length - this.made)} more`;
  }

  tableRow(row) {
    const { verdict } = row;
    const time = this.clock.moment(verdict);
    const disposition = verdict.signal?.disposition;
    const cell = (key, ...content) => html("td", { class: `of-${key}` }, content);
    const line = html("tr", { class: "row", id: `row-${row.number}` },
      cell("ns", html("button", { type: "button", "aria-expanded": "false" }, time)),
      cell("process", html("bdi", { title: row.process.length > 24 && safe(row.process) }, row.process)),
      cell("what", row.what, disposition && html("span", { class: `signal ${disposition === "killed" ? "killed" : ""}` }, disposition)),
      cell("ends", row.ends),
      cell("cause", html("span", { class: `key ${causeClass(row.cause)}` }, row.cause),
        verdict.confidence === "observed" ? "" : html("span", { class: "unsure" }, sureness(verdict))),
      cell("peer", html("bdi", { title: row.peer.length > 30 && safe(row.peer) }, row.peer)));
    line.row = row;
    return line;
  }

  toggle(line) {
    const open = line.nextElementSibling?.matches("tr.detail");
    if (open) line.nextElementSibling.remove();
    else line.after(html("tr", { class: "detail" }, html("td", { colspan: COLUMNS.length }, details(line.row))));
    line.classList.toggle("open", !open);
    line.querySelector("button").setAttribute("aria-expanded", String(!open));
  }

  /** The one that the address names: page.html#12. */
  openLinked() {
    const number = Number(location.hash.slice(1));
    const place_ = this.visible.findIndex((row) => row.number === number);
    if (place_ < 0) return;
    if (place_ >= this.made) this.addRows(place_ + 1);
    const line = document.getElementById(`row-${number}`);
    if (!line.classList.contains("open")) this.toggle(line);
    line.scrollIntoView({ block: "start" });
  }
}

if (typeof DecompressionStream === "undefined") document.getElementById("page").append(html("p", { class: "notice" }, phrase("old_browser")));
else parsedLines().then((lines) => new Page(lines));
