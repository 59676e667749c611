// The time axis: a window on the recording that flows, stops, is scrolled back or plays again, and a cursor that says what was when.

const HELP = "Drag to scroll back, click to set the cursor. Keys: arrows step from change to change, Page Up and Page Down scroll, "
  + "plus and minus zoom, space pauses, R plays again, Escape goes back to now.";
const SILENT_AFTER = 7; // seconds without a word from the kernel, which speaks every two
const MOST_MOMENTS = 8;
const AHEAD = 0.03; // of the window, right of now
const BEFORE = 0.16; // of the window, left of the recording's beginning
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300]; // seconds between two lines of the grid


class TimeAxis extends ChartView {
  static className = "kta";

  build(picture) {
    this.cursor = null; // a time, or null: at the edge
    this.hover = null;
    this.until = null; // the right end of the window while it does not follow the edge
    this.replay = null; // { at } while the recording plays again
    this.heardAt = null; // when the kernel last said what time it is
    this.begun = Infinity; // performance.now() in seconds when the recording began, as far as is known
    this.painted = 0;
    this.isSeen = true;
    this.bars = { shown: [], rest: [] };
    this.times = [];
    this.stage = make("div", "kta-stage");
    this.gutter = make("div", "kta-gutter");
    this.surface = make("div", "kta-surface");
    this.surface.tabIndex = 0;
    this.surface.setAttribute("role", "slider");
    this.surface.dataset.lmSuppressShortcuts = "true";
    super.build(this.surface);
    this.over = document.createElementNS(SVG, "svg");
    this.over.setAttribute("class", "kta-over");
    this.over.setAttribute("aria-hidden", "true");
    this.surface.append(this.over);
    this.stage.append(this.gutter, this.surface);
    this.strip = new Strip(this);
    this.readout = new Readout();
    picture.append(this.stage, this.strip.root, this.readout.root);
    this.listen();
    this.send({ is: "clock" });
    this.loop();
  }

  listen() {
    this.tool("Save picture", () => this.savePicture());
    this.tool("Save table", () => this.send({ is: "csv" }));
    steer(this.surface, this);
    this.hear = (message) => this.heard(message);
    this.model.on("msg:custom", this.hear);
    this.hears = { paused: () => this.pause(), replaying: () => this.play_again(), window: () => this.touch(), speed: () => this.touch() };
    for (const [name, call] of Object.entries(this.hears)) this.model.on(`change:${name}`, call);
    this.size = new ResizeObserver(() => this.touch());
    this.size.observe(this.surface);
    this.sight = new IntersectionObserver(([entry]) => {
      this.isSeen = entry.isIntersecting;
      if (this.isSeen) this.touch();
    });
    this.sight.observe(this.root);
  }

  heard(message) {
    if (message?.is === "clock") this.setClock(message.now);
    if (message?.is === "csv") save(message.text, "text/csv", `${message.name}.csv`);
  }

  async savePicture() {
    save(await pictureOf(this), "image/png", `${this.frame.file}.png`);
  }

  // Time. The fastest message tells best how late it is in the kernel.
  setClock(now) {
    const here = performance.now() / 1000;
    this.heardAt = here;
    this.begun = Math.min(this.begun, here - now);
  }

  now() {
    const here = performance.now() / 1000;
    return Math.min(here, (this.heardAt ?? here) + SILENT_AFTER) - this.begun;
  }

  isSilent() {
    return this.heardAt !== null && performance.now() / 1000 > this.heardAt + SILENT_AFTER;
  }

  edge() {
    return this.replay?.at ?? this.stopped ?? this.now();
  }

  width() {
    return (this.model.get("windows") ?? [15, 60, 180, 600])[this.model.get("window") ?? 1];
  }

  span() {
    const [edge, width] = [this.edge(), this.width()];
    const due = this.frame.moments.filter((moment) => moment.end > edge).map((moment) => moment.end + width * 0.08);
    const ahead = Math.min(Math.max(edge + width * AHEAD, ...due), edge + width * 0.4);
    const end = this.until ?? Math.max(ahead, width * (1 - BEFORE)); // a young recording fills the window from the left
    return { begin: end - width, end, edge };
  }

  oldest() {
    return Math.max(Math.min(0, this.times[0] ?? 0), this.now() - (this.frame?.keep ?? 600));
  }

  isFollowing() {
    return this.until === null && this.stopped === undefined && !this.isSilent();
  }

  // What moves it.
  draw(frame) {
    if (frame.now !== this.told) this.setClock(frame.now);
    this.told = frame.now;
    if (this.pictured?.story !== frame.story) this.times = timesOf(frame.story);
    if (this.stopped === undefined) this.pictured = frame;
    this.touch();
  }

  touch() {
    this.isStale = true;
    if (performance.now() - this.painted > 90) this.paint();
  }

  loop() {
    const pixels = (this.surface.clientWidth || 700) / this.width();
    const rest = this.stillness.matches ? 1000 : Math.max(100, Math.min(1000, 3000 / pixels));
    this.next = setTimeout(() => requestAnimationFrame(() => {
      if (this.ended) return;
      this.playOn();
      this.strip.sayState(this);
      if (this.wasSilent !== this.isSilent()) this.isStale = true;
      this.wasSilent = this.isSilent();
      if (this.isStale || this.isFollowing() || this.replay) this.paint();
      this.loop();
    }), this.isStale ? 90 : rest);
  }

  pause() {
    this.stopped = this.model.get("paused") ? this.edge() : undefined;
    if (this.stopped === undefined) this.pictured = this.frame;
    this.touch();
  }

  play_again() {
    if (!this.model.get("replaying")) this.replay = null;
    else {
      this.replay = { at: Math.max(this.cursor ?? this.oldest(), this.oldest()), since: performance.now() };
      this.cursor = this.until = null;
    }
    this.touch();
  }

  playOn() {
    if (!this.replay) return;
    const here = performance.now();
    const speed = (this.model.get("speeds") ?? [1, 4])[this.model.get("speed") ?? 0];
    if (this.stopped === undefined) this.replay.at += ((here - this.replay.since) / 1000) * speed;
    this.replay.since = here;
    if (this.replay.at >= this.now()) this.tell("replaying", false);
  }

  tell(name, value) {
    this.model.set(name, value);
    this.model.save_changes?.();
  }

  zoom(by) {
    const most = (this.model.get("windows") ?? [15, 60, 180, 600]).length - 1;
    this.tell("window", Math.max(0, Math.min(most, (this.model.get("window") ?? 1) + by)));
  }

  scrollTo(end) {
    const latest = this.edge();
    this.until = end >= latest ? null : Math.max(end, this.oldest() + this.width() * 0.25);
    this.touch();
  }

  setCursor(at) {
    this.cursor = at === null ? null : Math.max(this.oldest(), Math.min(at, this.edge()));
    const { begin, end } = this.span();
    if (at !== null && (this.cursor < begin || this.cursor > end)) this.scrollTo(this.cursor + this.width() * 0.4);
    this.touch();
    this.sayCursor();
  }

  backToNow() {
    this.cursor = this.until = null;
    if (this.replay) this.tell("replaying", false);
    if (this.stopped !== undefined) this.tell("paused", false);
    this.touch();
    this.sayCursor();
  }

  // Goes to the next change, or the one before.
  step(by) {
    const here = this.cursor ?? this.edge();
    const times = this.times.filter((at) => at <= this.edge());
    const next = by > 0 ? times.find((at) => at > here + 0.001) : times.findLast((at) => at < here - 0.001);
    if (next !== undefined) this.setCursor(next);
    else if (by > 0) this.backToNow();
  }

  sayCursor() {
    if (!this.pictured) return;
    const at = this.cursor ?? this.edge();
    this.surface.setAttribute("aria-valuemin", String(Math.floor(this.oldest())));
    this.surface.setAttribute("aria-valuemax", String(Math.ceil(this.edge())));
    this.surface.setAttribute("aria-valuenow", at.toFixed(1));
    const near = this.cursor === null ? [] : storyAt(this.pictured.story, at, at).map((entry) => entry.text);
    this.surface.setAttribute("aria-valuetext", [...near, this.readout.sentence(this, at)].join(". "));
  }

  // What is painted.
  paint() {
    const frame = this.pictured;
    if (!frame || this.showsText || !this.isSeen || document.hidden || this.surface.clientWidth === 0) return;
    this.isStale = false;
    this.painted = performance.now();
    if (this.lines?.points !== frame.points) this.lines = { points: frame.points, ...linesOf(frame) };
    const span = this.span();
    this.bars = chooseBars(frame.pods, span.begin, Math.min(span.end, span.edge));
    const moments = frame.moments.filter((moment) => moment.at <= span.edge && moment.end >= span.begin).slice(-MOST_MOMENTS);
    const places = lanePlaces(frame, this.bars, moments);
    const scale = this.scaleOf(span);
    const height = places.height + 26;
    this.stage.style.height = `${height}px`;
    this.drawLines(frame, places, scale, height);
    this.drawOver(frame, places, scale, moments);
    this.drawGutter(places, span);
    this.surface.setAttribute("aria-label", `Time cursor. ${frame.label}`);
    if (!this.surface.hasAttribute("aria-valuenow")) this.sayCursor();
    this.strip.draw(this, span);
    this.readout.draw(this, this.hover ?? this.cursor);
  }

  scaleOf({ begin, end, edge }) {
    const [left, right] = [34, this.surface.clientWidth - 10];
    const pixels = (right - left) / (end - begin);
    return { begin, end, edge, left, right, pixels, x: (at) => Number((left + (at - begin) * pixels).toFixed(1)), at: (x) => begin + (x - left) / pixels };
  }

  drawLines(frame, places, scale, height) {
    const library = globalThis.Plotly;
    if (!library) {
      plotly(this.model).then(() => this.ended || this.touch());
      return;
    }
    const key = JSON.stringify([places.lanes.map((lane) => [lane.key, lane.y]), height, this.surface.clientWidth, this.width()]);
    const fits = this.plotted && this.plotted.points === frame.points && this.plotted.key === key && this.plotted.dark === this.isDark()
      && scale.begin >= this.plotted.begin && scale.end <= this.plotted.end;
    if (fits) {
      library.relayout(this.plot, { "xaxis.range": [scale.begin, scale.end] });
      return;
    }
    const margin = (scale.end - scale.begin) / 3;
    this.plotted = { points: frame.points, key, dark: this.isDark(), begin: scale.begin - margin, end: scale.end + margin };
    const figure = filledFigure(frame, this.lines, { ...this.plotted, far: scale.edge + scale.end - scale.begin });
    const layout = placedLayout(figure.layout, places, height, this.surface.clientWidth, scale, stepOf(scale));
    const paper = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
    const font = { family: getComputedStyle(this.root).fontFamily, size: 11, color: this.colour("--kt-quiet") };
    library.react(this.plot, this.coloured(figure.data), { ...paper, ...this.coloured(layout), font }, { ...CHART_SETTINGS, responsive: false, staticPlot: true });
  }

  isDark() {
    return document.body.dataset.jpThemeLight;
  }

  drawOver(frame, places, scale, moments) {
    const drawing = document.createElementNS(SVG, "g");
    patterns(drawing);
    const bottom = places.height;
    const place = (kind) => places.lanes.find((lane) => lane.kind === kind);
    for (const kind of ["pods", "events"]) drawGrid(drawing, place(kind), scale, stepOf(scale));
    drawCovers(drawing, scale, bottom, frame);
    drawBars(drawing, place("pods"), this.bars, scale);
    drawEvents(drawing, place("events"), frame.events, scale);
    drawFuture(drawing, scale, bottom);
    if (moments.length > 0) drawMoments(drawing, place("moments"), moments, scale, bottom);
    const at = this.hover ?? this.cursor;
    if (at !== null && at >= scale.begin && at <= scale.end) shape(drawing, "path", { d: `M${scale.x(at)} 0V${bottom}`, class: "kta-cursor" });
    this.over.replaceChildren(drawing);
  }

  drawGutter(places, span) {
    const at = this.hover ?? this.cursor ?? span.edge;
    const rows = places.lanes.map((lane) => {
      const row = make("div", `kta-lane kta-lane-${lane.kind}`);
      row.style.top = `${lane.y}px`;
      row.style.height = `${lane.height}px`;
      const title = make("bdi", "kta-title", lane.title.replace(/^(Deployment|StatefulSet|DaemonSet) /, ""));
      title.title = lane.title;
      if (lane.kind !== "pods") row.append(title);
      for (const line of lane.lines ?? []) row.append(legend(line, this.lines.valueAt(line.key, at)));
      if (lane.kind === "pods") row.append(...this.names(title));
      return row;
    });
    this.gutter.replaceChildren(...rows);
  }

  names(title) {
    const { shown, size, step } = this.bars;
    if (shown.length === 0) return [title];
    if (size === "tight") return [title, make("span", "kta-many", count(shown.length, "bar"))];
    return shown.map((pod, row) => {
      const cut = pod.name.startsWith(`${pod.owner}-`) && pod.owner ? pod.name.slice(pod.owner.length + 1) : pod.name;
      const name = make("bdi", `kta-pod kta-${size}`, cut);
      name.title = pod.name;
      name.style.top = `${row * step}px`;
      name.style.height = `${step - 3}px`;
      name.dataset.band = band(pod.revision);
      return name;
    });
  }

  end() {
    super.end();
    clearTimeout(this.next);
    this.size.disconnect();
    this.sight.disconnect();
    this.model.off("msg:custom", this.hear);
    for (const [name, call] of Object.entries(this.hears)) this.model.off(`change:${name}`, call);
  }
}

export default liveView(TimeAxis);
