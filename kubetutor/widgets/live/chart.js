// Charts are plotly's. A page loads its script once, from the kernel, for it may have no network.

const CHART_SETTINGS = { responsive: true, displaylogo: false, displayModeBar: false };

// Answers plotly when it is there. Of all charts of a page the first asks for it.
function plotly(model) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  globalThis.kubetutorPlotly ??= new Promise((resolve) => {
    const take = async (message, buffers) => {
      if (message?.is !== "plotly") return;
      model.off("msg:custom", take);
      const address = URL.createObjectURL(new Blob([buffers[0]], { type: "text/javascript" }));
      await import(address);
      URL.revokeObjectURL(address);
      resolve(globalThis.Plotly);
    };
    model.on("msg:custom", take);
    model.send({ is: "plotly" });
  });
  return globalThis.kubetutorPlotly;
}

// A view whose frame has a plotly `figure`. Its colours may be named: "--kt-ready" is that colour of the theme.
class ChartView extends LiveView {
  build(picture) {
    this.plot = make("div", "ktv-plot");
    picture.append(this.plot);
    this.theme = new MutationObserver(() => this.frame && this.draw(this.frame));
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  }

  canDraw() {
    return !this.isCut || Boolean(globalThis.Plotly); // its script comes from the kernel
  }

  async draw(frame) {
    this.drawing = frame;
    const library = await plotly(this.model);
    if (this.drawing !== frame || this.ended) return; // a newer one came while the script was loaded
    const { data, layout } = this.coloured(frame.figure);
    const paper = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
    const font = { family: getComputedStyle(this.root).fontFamily, size: 12, color: this.colour("--kt-ink") };
    await library.react(this.plot, data, { ...paper, ...layout, font }, CHART_SETTINGS);
  }

  coloured(value) {
    if (typeof value === "string") return value.startsWith("--kt-") ? this.colour(value) : value;
    if (Array.isArray(value)) return value.map((item) => this.coloured(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.coloured(item)]));
  }

  colour(name) {
    return getComputedStyle(this.root).getPropertyValue(name).trim();
  }

  end() {
    super.end();
    this.ended = true;
    this.theme.disconnect();
    globalThis.Plotly?.purge(this.plot);
  }
}
