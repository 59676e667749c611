// Draws a table: a row for each node, a column for each filter and each score.

const MARKS = { true: "✓", false: "✗", null: "–" };
const SAID = { true: "passed", false: "ruled the node out", null: "not asked" };
const NODE_MOODS = { chosen: "ready", promised: "starting", equal: "running", left: "running", out: "failing", unknown: "waiting" };

class Scheduling extends LiveView {
  static className = "kts";

  build(picture) {
    this.rows = new Map(); // node -> tr
    this.about = make("div", "kts-about");
    this.message = make("p", "kts-message");
    this.message.dir = "auto";
    this.table = make("table", "kts-table");
    this.head = make("thead");
    this.body = make("tbody");
    this.table.append(make("caption", "ktv-spoken"), this.head, this.body);
    this.events = make("div", "kts-events");
    this.empty = make("p", "kts-empty", "No pods in this namespace yet. Create one, and the decision about it shows up here.");
    picture.append(this.about, this.message, this.table, this.events, this.empty);
  }

  draw(frame) {
    this.empty.hidden = Boolean(frame.pod) || !frame.loaded;
    this.fill(this.about, frame.sentences, "p");
    setText(this.message, frame.message);
    this.message.hidden = !frame.message;
    const nodes = inOrder(frame.nodes).map((node) => ({ ...node, key: node.name }));
    this.table.hidden = nodes.length === 0;
    setText(this.table.caption, frame.summary);
    this.drawHead(frame);
    const before = new Map([...this.rows].map(([name, row]) => [name, row.getBoundingClientRect().top]));
    for (const [name, row] of this.rows) {
      if (name in frame.nodes) continue;
      row.remove();
      this.rows.delete(name);
    }
    arrange(this.body, nodes, this.rows, () => make("tr"));
    for (const node of nodes) this.drawRow(this.rows.get(node.key), node, frame);
    for (const [name, row] of this.rows) this.move(row, before.get(name));
    this.drawEvents(frame.events);
  }

  move(row, old) {
    if (old === undefined) this.play(row, [{ opacity: 0 }, { opacity: 1 }], 300);
    else if (Math.abs(old - row.getBoundingClientRect().top) > 2) {
      this.play(row, [{ transform: `translateY(${old - row.getBoundingClientRect().top}px)` }, { transform: "none" }], 320);
    }
  }

  fill(list, sentences, tag) {
    const text = JSON.stringify(sentences);
    if (list.dataset.text === text) return;
    list.dataset.text = text;
    list.replaceChildren(...sentences.map((sentence) => {
      const line = make(tag, "", sentence);
      line.dir = "auto";
      return line;
    }));
  }

  drawHead(frame) {
    const looks = JSON.stringify([frame.told, frame.filters, frame.scorers]);
    this.table.classList.toggle("kts-scored", frame.scorers.length > 0);
    if (this.head.dataset.looks === looks) return;
    this.head.dataset.looks = looks;
    const groups = make("tr", "kts-groups");
    groups.append(this.heading("", 1), this.heading(frame.told ? "Filters" : "Inferred", frame.filters.length));
    if (frame.scorers.length > 0) groups.append(this.heading("Scores: 0 to 100, times a weight", frame.scorers.length));
    groups.append(this.heading("", 1));
    const names = make("tr", "kts-names");
    names.append(this.heading("Node", 1));
    for (const filter of frame.filters) names.append(this.slanted(filter));
    for (const { plugin, weight } of frame.scorers) names.append(this.slanted(`${plugin} ×${weight}`));
    names.append(this.heading(frame.scorers.length > 0 ? "Total" : "Why", 1));
    this.head.replaceChildren(groups, names);
  }

  heading(text, columns) {
    const cell = make(text ? "th" : "td", "", text);
    cell.colSpan = columns;
    if (text) cell.scope = columns > 1 ? "colgroup" : "col";
    return cell;
  }

  slanted(text) {
    const cell = make("th", "kts-slanted");
    cell.scope = "col";
    const words = make("span");
    for (const word of text.split(/(?=[A-Z×])/u)) words.append(word, document.createElement("wbr"));
    cell.append(words);
    return cell;
  }

  drawRow(row, node, frame) {
    const looks = JSON.stringify([node, frame.told, frame.filters, frame.scorers]);
    if (row.dataset.looks === looks) return;
    row.dataset.looks = looks;
    row.dataset.outcome = node.outcome;
    const name = make("th", "kts-node");
    name.scope = "row";
    const words = make("span", "kts-outcome", frame.told || node.outcome === "chosen" ? node.words : `${node.words}${node.outcome === "out" ? " (inferred)" : ""}`);
    const label = make("span", "kts-node-name");
    label.append(sign(NODE_MOODS[node.outcome]), make("bdi", "", node.name));
    name.append(label, words);
    row.replaceChildren(name, ...node.passed.map((passed, place) => this.mark(passed, frame.filters[place])), ...this.rest(node, frame));
  }

  mark(passed, filter) {
    const cell = make("td", "kts-mark", MARKS[passed]);
    cell.dataset.passed = String(passed);
    cell.dataset.label = filter;
    cell.title = `${filter}: ${SAID[passed]}`;
    cell.setAttribute("aria-label", SAID[passed]);
    return cell;
  }

  // Scores and the total; or, over their whole width, why there are none.
  rest(node, frame) {
    if (node.plugin || node.total === null) {
      const cell = make("td", "kts-why");
      cell.colSpan = frame.scorers.length + 1;
      if (node.plugin) cell.append(make("strong", "", `${node.plugin}: `), node.reason);
      else if (node.outcome === "chosen") cell.append(make("strong", "", "chosen"));
      return [cell];
    }
    const cells = frame.scorers.map(({ plugin, weight }) => this.score(node.scores[plugin], plugin, weight));
    const total = make("td", "kts-total");
    const bar = make("span", "kts-bar");
    bar.style.setProperty("--kts-share", `${node.share}%`);
    bar.setAttribute("aria-hidden", "true");
    total.append(make("span", "kts-points", node.total), bar);
    return [...cells, total];
  }

  score(given, plugin, weight) {
    const cell = make("td", "kts-score");
    cell.dataset.label = plugin;
    if (!given) {
      cell.append(make("span", "kts-nothing", "–"));
      cell.setAttribute("aria-label", "nothing to say");
      return cell;
    }
    const [score, points, share] = given;
    cell.title = `${plugin}: ${score} of 100, times ${weight}, makes ${points}`;
    const bar = make("span", "kts-bar");
    bar.style.setProperty("--kts-share", `${share}%`);
    bar.setAttribute("aria-hidden", "true");
    cell.append(make("span", "kts-points", points), make("span", "kts-times", weight === 1 ? "" : `${score}×${weight}`), bar);
    return cell;
  }

  drawEvents(events) {
    const text = JSON.stringify(events);
    if (this.events.dataset.text === text) return;
    this.events.dataset.text = text;
    const list = make("ul");
    this.fill(list, events, "li");
    this.events.replaceChildren(...(events.length > 0 ? [make("div", "kts-events-title", "What the events say"), list] : []));
  }
}

export default liveView(Scheduling);
