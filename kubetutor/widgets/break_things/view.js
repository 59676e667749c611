// Draws what can be broken as rows: button, command, what to watch for, way back. The buttons are ipywidgets.

const COPIED_FOR = 1500; // milliseconds
const COPY = '<rect x="5" y="5" width="9" height="9.5" rx="2" class="line"/><path d="M11 2.6H3.8A1.8 1.8 0 0 0 2 4.4V11" class="line"/>';
const COPIED = '<path d="M3 8.6l3.3 3.4L13 4.6" class="line"/>';
const MOODS_OF_DEEDS = { doing: "starting", done: "done", failed: "failing" };

class BreakThings extends LiveView {
  static className = "ktb";

  build(picture) {
    this.plans = new Map(); // name -> row
    this.deeds = new Map(); // number -> li
    this.guests = []; // views of ipywidgets
    const targets = make("div", "ktb-targets");
    for (const name of ["deployment", "pod", "node"]) targets.append(this.slot(name));
    this.planList = make("ul", "ktb-plans");
    this.planList.setAttribute("aria-label", "What can be broken");
    this.done = make("section", "ktb-done");
    this.done.setAttribute("aria-label", "What was done");
    this.deedList = make("ol", "ktb-deeds");
    this.deedList.setAttribute("aria-label", "What was done, newest first");
    this.nothing = make("p", "ktb-nothing", "Nothing was done yet. Open the cluster map in another cell, press a button, and watch both.");
    this.done.append(make("div", "ktb-caption", "What was done"), this.nothing, this.deedList);
    picture.append(targets, this.planList, this.done);
  }

  draw(frame) {
    const plans = inOrder(frame.plans).map((plan) => ({ ...plan, key: plan.step.name }));
    arrange(this.planList, plans, this.plans, (plan) => this.buildPlan(plan));
    for (const plan of plans) this.drawPlan(this.plans.get(plan.key), plan);
    const deeds = Object.values(frame.deeds).sort((one, other) => one.rank - other.rank).map((deed) => ({ ...deed, key: String(-deed.rank) }));
    arrange(this.deedList, deeds, this.deeds, () => make("li", "ktb-deed"));
    const keys = new Set(deeds.map((deed) => deed.key));
    for (const [key, item] of this.deeds) {
      if (keys.has(key)) continue;
      item.remove();
      this.deeds.delete(key);
    }
    for (const deed of deeds) this.drawDeed(this.deeds.get(deed.key), deed);
    this.nothing.hidden = deeds.length > 0;
  }

  buildPlan(plan) {
    const row = make("li", "ktb-plan");
    row.dataset.name = plan.key;
    row.parts = { step: this.buildStep(plan.step), watch: make("p", "ktb-watch") };
    const what = make("div", "ktb-what");
    what.append(row.parts.step.line, row.parts.watch);
    row.append(row.parts.step.slot, what);
    if (plan.back) {
      row.parts.back = this.buildStep(plan.back);
      row.parts.back.slot.classList.add("ktb-back");
      row.append(row.parts.back.slot, row.parts.back.line);
      row.parts.back.line.classList.add("ktb-back-line");
    }
    return row;
  }

  // A step is a button's place, and a line with the command.
  buildStep(step) {
    const line = make("div", "ktb-line");
    const code = make("code", "ktb-command");
    code.setAttribute("dir", "ltr");
    const copy = make("button", "ktv-tool ktb-copy");
    copy.type = "button";
    copy.append(sign("done"));
    copy.firstChild.innerHTML = COPY;
    copy.addEventListener("click", () => this.copy(copy, code));
    line.append(code, copy);
    return { slot: this.slot(step.name), line, code, copy };
  }

  drawPlan(row, plan) {
    this.drawStep(row.parts.step, plan.step);
    setText(row.parts.watch, plan.step.why ? plan.step.why : plan.watch);
    row.parts.watch.classList.toggle("ktb-why", Boolean(plan.step.why));
    if (!row.parts.back) return;
    const isOpen = !plan.back.why;
    const held = row.contains(this.focused());
    row.classList.toggle("ktb-broken", isOpen);
    for (const part of [row.parts.back.slot, row.parts.back.line]) part.hidden = !isOpen;
    this.drawStep(row.parts.back, plan.back);
    if (held) this.keepFocus(row);
  }

  drawStep(parts, step) {
    setText(parts.code, step.command);
    parts.line.classList.toggle("ktb-none", !step.command);
    parts.copy.setAttribute("aria-label", `Copy the command: ${step.command}`);
    parts.copy.title = "Copy the command";
  }

  drawDeed(item, deed) {
    const looks = JSON.stringify(deed);
    if (item.looks === looks) return;
    item.looks = looks;
    item.dataset.state = deed.state;
    const head = make("div", "ktb-deed-head");
    const words = make("span", "ktb-words", deed.words);
    words.dir = "auto";
    head.append(sign(MOODS_OF_DEEDS[deed.state]), make("time", "ktb-time", deed.time), words);
    const signs = make("ul", "ktb-signs");
    for (const [after, seen] of deed.signs) {
      const line = make("li", "ktb-sign");
      line.append(make("span", "ktb-after", after), make("span", "ktb-seen", seen));
      signs.append(line);
    }
    item.replaceChildren(head, ...(deed.signs.length > 0 ? [signs] : []));
  }

  focused() {
    return this.root.getRootNode().activeElement;
  }

  // The button that was pressed may now be off: the way back of its row is what comes next.
  keepFocus(row) {
    setTimeout(() => {
      const lost = !this.focused() || this.focused() === document.body || this.focused().disabled;
      if (lost) row.querySelector(".ktb-back:not([hidden]) button:not(:disabled)")?.focus();
    }, 60);
  }

  async copy(button, code) {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.firstChild.innerHTML = COPIED;
      this.speak("Copied.");
    } catch {
      getSelection().selectAllChildren(code); // the page may not write there: the learner can press Ctrl-C
      this.speak("Selected: press Ctrl-C to copy.");
    }
    setTimeout(() => (button.firstChild.innerHTML = COPY), COPIED_FOR);
  }

  // The place of an ipywidget, which comes when its view is made.
  slot(name) {
    const slot = make("div", "ktb-slot");
    slot.dataset.name = name;
    const reference = this.model.get("panel")?.[name];
    if (reference) this.invite(slot, reference);
    return slot;
  }

  async invite(slot, reference) {
    const manager = this.model.widget_manager;
    const guest = await manager.create_view(await manager.get_model(reference.replace("IPY_MODEL_", "")));
    if (this.ended) return guest.remove();
    this.guests.push(guest);
    slot.replaceChildren(guest.el);
    return guest.trigger("displayed"); // it waits for this before it takes its layout
  }

  end() {
    super.end();
    this.ended = true;
    for (const guest of this.guests) guest.remove();
  }
}

export default liveView(BreakThings);
