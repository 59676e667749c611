// Draws the big number, the facts, and hands the charts to plotly: side by side, or below each other in little room.

const NARROW_BELOW = 640; // pixels

class Traffic extends ChartView {
  static className = "ktt";

  build(picture) {
    this.big = make("p", "ktt-big");
    this.lost = make("span", "ktt-lost");
    this.of = make("span", "ktt-of");
    this.big.append(this.lost, " ", this.of);
    this.facts = make("dl", "ktt-facts");
    this.empty = make("p", "ktt-empty");
    picture.append(this.big, this.facts, this.empty);
    super.build(picture);
    this.plot.setAttribute("role", "img");
    this.room = new ResizeObserver(() => this.fit());
    this.room.observe(picture);
  }

  // Plotly hears of a new width of the window only, and a cell has its own.
  fit() {
    if (!this.frame || this.showsText || !this.plot.data) return;
    if (this.isNarrow() !== this.drawnNarrow) this.draw(this.frame);
    globalThis.Plotly.Plots.resize(this.plot);
  }

  isNarrow() {
    return this.root.clientWidth < NARROW_BELOW;
  }

  draw(frame) {
    setText(this.lost, frame.lost);
    setText(this.of, frame.of);
    this.big.dataset.tone = frame.tone;
    this.facts.replaceChildren(...frame.facts.map(([term, value]) => {
      const pair = make("div");
      pair.append(make("dt", "", term), make("dd", "", value));
      return pair;
    }));
    setText(this.empty, frame.empty);
    this.empty.hidden = !frame.empty;
    this.plot.hidden = Boolean(frame.empty);
    if (frame.empty) return;
    this.plot.setAttribute("aria-label", frame.described);
    this.drawnNarrow = this.isNarrow();
    const layout = this.drawnNarrow ? frame.narrow : frame.figure.layout;
    this.plot.style.height = `${layout.height}px`; // where plotly takes it from when it fits itself anew
    super.draw({ ...frame, figure: { data: frame.figure.data, layout } });
  }

  end() {
    super.end();
    this.room.disconnect();
  }
}

export default liveView(Traffic);
