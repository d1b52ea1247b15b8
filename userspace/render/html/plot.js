// Breaks over time, by cause. Dragging across it selects a span of time.

const PLOT = { height: 132, left: 38, right: 8, top: 8, bottom: 22, mostBins: 96 };
const STEPS_NS = [1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8, 1e9, 2e9, 5e9, 1e10, 15e9, 3e10, 6e10, 12e10, 3e11, 6e11, 9e11,
  18e11, 36e11, 72e11, 216e11, 432e11, 864e11];

const stepFor = (ns, most) => STEPS_NS.find((step) => ns / step <= most) || Math.ceil(ns / most / 864e11) * 864e11;

/** 1, 2 or 5 times a power of ten, the least that is not below. */
function roundUp(number) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, number)));
  return [1, 2, 5, 10].map((times) => times * power).find((round) => round >= number);
}

class Plot {
  /** `axis`: {from, to} in nanoseconds of the clock that `rows` have as .ns, and label(ns, fine). */
  constructor(axis, losses, onSelect) {
    this.axis = axis;
    this.losses = losses;
    this.onSelect = onSelect;
    this.selected = null;
    this.reported = html("output", { class: "reported", "aria-live": "polite" });
    this.canvas = html("div", { class: "canvas", tabindex: 0, role: "group", "aria-label": phrase("plot_keys") });
    this.node = html("figure", { class: "plot" },
      html("figcaption", {}, html("h2", {}, "Breaks over time"), this.reported), this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("blur", () => this.pointAt(null));
    this.canvas.addEventListener("pointerleave", () => this.reported.replaceChildren());
  }

  draw(rows) {
    const width = Math.max(280, this.canvas.clientWidth || 800);
    this.length = Math.max(1, this.axis.to - this.axis.from);
    this.step = stepFor(this.length, Math.min(PLOT.mostBins, (width - PLOT.left) / 8));
    this.bins = Array.from({ length: Math.ceil(this.length / this.step) || 1 }, () => new Map());
    for (const { ns, cause } of rows) {
      const index = Math.min(this.bins.length - 1, Math.max(0, Math.floor((ns - this.axis.from) / this.step)));
      this.bins[index].set(cause, (this.bins[index].get(cause) || 0) + 1);
    }
    this.width = width;
    this.mono = getComputedStyle(document.documentElement).getPropertyValue("--mono");
    this.inner = width - PLOT.left - PLOT.right;
    const highest = Math.max(1, ...this.bins.map((bin) => [...bin.values()].reduce((sum, count) => sum + count, 0)));
    const top = roundUp(highest);
    const high = PLOT.height - PLOT.top - PLOT.bottom;
    const y = (count) => PLOT.top + high * (1 - count / top);
    this.cursor = svg("rect", { class: "cursor", y: PLOT.top, height: high, visibility: "hidden" });
    this.shade = svg("rect", { class: "shade", y: PLOT.top, height: high, visibility: "hidden" });
    this.picture = svg("svg", { width, height: PLOT.height, role: "img", "aria-label": "breaks over time, by cause" },
      this.grid(top, y), this.bars(y), this.losses.map((loss) => this.lossMark(loss)), this.shade, this.cursor);
    this.canvas.replaceChildren(this.picture);
    this.showSelection();
  }

  x(ns) { return PLOT.left + ((ns - this.axis.from) / this.length) * this.inner; }

  grid(top, y) {
    const parts = [0, top / 2, top].filter(Number.isInteger).map((count) => [
      svg("line", { x1: PLOT.left, x2: this.width - PLOT.right, y1: y(count), y2: y(count), class: count ? "grid" : "ground" }),
      svg("text", { x: PLOT.left - 6, y: y(count) + 4, class: "count" }, grouped(count)),
    ]);
    // As far apart as the words are wide, and a gap.
    const wide = (fine) => measureText(this.axis.label(this.axis.from, fine), `10.5px ${this.mono}`);
    const most = (fine) => Math.max(1, this.inner / (wide(fine) + 18));
    const fine = stepFor(this.length, most(false)) < 1e9;
    const every = stepFor(this.length, most(fine));
    const half = wide(every < 1e9) / 2;
    const zero = this.axis.round(this.axis.from, every);
    for (let ns = zero; ns <= this.axis.to; ns += every) {
      const x = this.x(ns);
      if (x < Math.max(PLOT.left, half) || x > this.width - half) continue;
      parts.push(svg("line", { x1: x, x2: x, y1: y(0), y2: y(0) + 4, class: "ground" }),
        svg("text", { x, y: PLOT.height - 4, class: "time" }, this.axis.label(ns, every < 1e9)));
    }
    return parts;
  }

  bars(y) {
    const shapes = new Map();
    const wide = Math.max(1, (this.step / this.length) * this.inner - 1);
    this.bins.forEach((bin, index) => {
      let below = 0;
      for (const [cause, count] of [...bin].sort()) {
        const from = y(below);
        const to = y(below += count);
        const x = this.x(this.axis.from + index * this.step);
        const right = Math.min(x + wide, this.width - PLOT.right);
        const shape = `M${x.toFixed(1)} ${to.toFixed(1)}H${right.toFixed(1)}V${from.toFixed(1)}H${x.toFixed(1)}z`;
        shapes.set(cause, (shapes.get(cause) || "") + shape);
      }
    });
    return [...shapes].map(([cause, d]) => svg("path", { d, class: `bar ${causeClass(cause)}` }));
  }

  lossMark(loss) {
    const x = this.x(Math.min(this.axis.to, Math.max(this.axis.from, loss.ns)));
    return svg("path", { d: `M${x} ${PLOT.top}l5 -7h-10z`, class: "loss" },
      svg("title", {}, `${counted(loss.count, "event")} lost`));
  }

  at(event) {
    const place = (event.clientX - this.canvas.getBoundingClientRect().left - PLOT.left) / this.inner;
    return this.axis.from + Math.min(1, Math.max(0, place)) * this.length;
  }

  hover(event) {
    if (this.dragging) return;
    this.report(Math.min(this.bins.length - 1, Math.floor((this.at(event) - this.axis.from) / this.step)));
  }

  report(index) {
    const from = this.axis.from + index * this.step;
    const fine = this.step < 1e9;
    const causes = [...this.bins[index]].sort((one, other) => other[1] - one[1]);
    this.reported.replaceChildren(html("span", { class: "mono" }, `${this.axis.label(from, fine)}–${this.axis.label(from + this.step, fine)}`),
      causes.length ? "" : " nothing", ...causes.map(([cause, count]) =>
        html("span", { class: `key ${causeClass(cause)}` }, `${cause} ${grouped(count)}`)));
  }

  /** The bin of this number, by keys; null: none. */
  pointAt(index) {
    this.pointed = index;
    this.cursor?.setAttribute("visibility", index === null ? "hidden" : "visible");
    if (index === null) return;
    const from = this.x(this.axis.from + index * this.step);
    this.cursor.setAttribute("x", from);
    this.cursor.setAttribute("width", Math.max(2, (this.step / this.length) * this.inner - 1));
    this.report(index);
  }

  /** Arrows go from bin to bin, with Shift they stretch the span; Home and End; Enter takes the bin; Escape all of the time. */
  key(event) {
    const last = this.bins.length - 1;
    const at = Math.min(this.pointed ?? (event.key === "ArrowLeft" ? last + 1 : -1), last + 1);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    const bin = (index) => ({ from: this.axis.from + index * this.step, to: this.axis.from + (index + 1) * this.step });
    if (to !== undefined) {
      const index = Math.min(last, Math.max(0, to));
      if (event.shiftKey) {
        this.anchor ??= Math.min(last, Math.max(0, at));
        this.selected = { from: bin(Math.min(this.anchor, index)).from, to: bin(Math.max(this.anchor, index)).to };
        this.onSelect(this.selected);
      } else {
        this.anchor = undefined;
      }
      this.pointAt(index);
    } else if ((event.key === "Enter" || event.key === " ") && this.pointed !== undefined && this.pointed !== null) {
      this.onSelect(bin(this.pointed));
    } else if (event.key === "Escape") {
      this.anchor = undefined;
      this.onSelect(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  grab(event) {
    if (event.button !== 0) return;
    const begun = this.at(event);
    const move = (later) => {
      this.dragging = true;
      const [from, to] = [begun, this.at(later)].sort((one, other) => one - other);
      this.selected = (to - from) / this.length * this.inner > 3 ? { from, to } : null;
      this.showSelection();
    };
    const release = (last) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", release);
      window.removeEventListener("pointercancel", release);
      if (!this.dragging) { // a click: its bin
        const index = Math.floor((this.at(last) - this.axis.from) / this.step);
        const from = this.axis.from + index * this.step;
        this.selected = this.bins[index]?.size ? { from, to: from + this.step } : null;
      }
      this.dragging = false;
      this.showSelection();
      this.onSelect(this.selected);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", release);
    window.addEventListener("pointercancel", release);
    event.preventDefault();
  }

  select(selected) {
    this.selected = selected;
    this.showSelection();
  }

  showSelection() {
    if (!this.shade) return;
    this.shade.setAttribute("visibility", this.selected ? "visible" : "hidden");
    if (!this.selected) return;
    const from = this.x(this.selected.from);
    this.shade.setAttribute("x", from);
    this.shade.setAttribute("width", Math.max(1, this.x(Math.min(this.selected.to, this.axis.to)) - from));
  }
}
