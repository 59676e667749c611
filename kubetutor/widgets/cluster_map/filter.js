// What was clicked to filter by. The map asks `matches`; Python is told, so that the text twin says the same.

const ASKED = { owner: "Owner", revision: "Revision", version: "Version", node: "Node", mood: "State" };

class PodFilter {
  constructor(changed) {
    this.asked = {};
    this.changed = changed;
    this.told = "{}"; // the newest filter that Python has said
    this.waits = null; // for this one, which it was told, it must still say
    this.bar = make("div", "ktm-filter");
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "Filter");
    this.chips = make("span", "ktm-filter-chips");
    this.sentence = make("span", "ktm-filter-said");
    this.bar.append(this.chips, this.sentence);
    this.bar.hidden = true;
    walkable(this.chips, "button");
  }

  get isOn() {
    return Object.keys(this.asked).length > 0;
  }

  // A pod of the lesson's own is no answer to a question about the learner's pods.
  matches(pod) {
    for (const facet in this.asked) if (pod.is_load || pod[facet] !== this.asked[facet]) return false;
    return true;
  }

  asks(facet, value) {
    return this.asked[facet] === value;
  }

  // Takes what Python says, unless it is only the echo of what was clicked.
  adopt(frame) {
    const said = JSON.stringify(frame.filter ?? {});
    if (said === this.waits) this.waits = null;
    const isEcho = said === this.told || this.waits !== null;
    this.told = said;
    if (isEcho) return;
    this.asked = { ...frame.filter };
    if (this.asked.owner && !this.asked.owner.includes(" ")) {
      const owner = Object.values(frame.pods).find((pod) => pod.owner.endsWith(` ${this.asked.owner}`));
      this.asked.owner = owner?.owner ?? this.asked.owner;
    }
  }

  toggle(facet, value) {
    const wanted = { ...this.asked, [facet]: this.asks(facet, value) ? undefined : value };
    this.ask(Object.fromEntries(Object.keys(ASKED).filter((name) => wanted[name]).map((name) => [name, wanted[name]])));
  }

  clear() {
    this.ask({});
  }

  ask(asked) {
    this.asked = asked;
    this.waits = JSON.stringify(asked);
    this.changed();
  }

  // A button that filters, and says whether it does.
  chip(facet, value, text, label) {
    const button = make("button", "ktm-chip");
    button.type = "button";
    button.dataset.facet = facet;
    button.dataset.value = value;
    button.append(make("bdi", "", text));
    if (label) button.setAttribute("aria-label", label);
    button.title = `Show only these pods: ${label ?? text}`;
    button.addEventListener("click", () => this.toggle(facet, value));
    this.mark(button);
    return button;
  }

  mark(button) {
    const isOn = this.asks(button.dataset.facet, button.dataset.value);
    if (button.getAttribute("aria-pressed") !== String(isOn)) button.setAttribute("aria-pressed", String(isOn));
  }

  draw(frame) {
    this.bar.hidden = !this.isOn;
    const drawn = JSON.stringify(this.asked);
    if (drawn !== this.drawn) {
      const chips = Object.entries(this.asked).map(([facet, value]) => {
        const text = facet === "mood" ? (frame.moods[value] ?? value) : value;
        const chip = this.chip(facet, value, `${ASKED[facet]}: ${text} ✕`, `Stop filtering by ${ASKED[facet].toLowerCase()} ${text}`);
        chip.removeAttribute("aria-pressed");
        return chip;
      });
      const all = make("button", "ktm-chip", "Show all pods");
      all.type = "button";
      all.addEventListener("click", () => this.clear());
      this.chips.replaceChildren(...chips, all);
      keepOneTabStop([...this.chips.children]);
      this.drawn = drawn;
    }
    // The sentence is Python's; until it has come, the chips say it.
    setText(this.sentence, this.waits === null ? (frame.filtered ?? "") : "");
  }
}
