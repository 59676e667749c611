// Draws nodes as cards and pods as tiles on them. Only what has changed is drawn again: rows that did not are the same
// objects as before. Positions are measured only where few tiles can move.

const DENSITIES = [["tiny", 120], ["dense", 25], ["roomy", 0]]; // from so many pods on
const MOST_MOVING = 60; // tiles; of more than that only those move that changed their node
const MOST_BORN = 40; // tiles that grow at once
const MOST_OWNERS = 6; // rows of other owners than Deployments
const UNPLACED = { key: "unplaced", name: "No node yet", role: "", state: "", is_ready: true, takes_pods: true };

class ClusterMap extends LiveView {
  static className = "ktm";

  build(picture) {
    this.tiles = new Map(); // uid -> li
    this.cards = new Map(); // key of a place -> card
    this.groups = new Map(); // place and owner -> list
    this.owners = new Map(); // name -> row
    this.rows = {}; // uid -> row of the frame that is drawn
    this.pointed = null; // the uid of the pod under the pointer or the focus
    this.pinned = null; // the uid of the pod that was clicked
    this.filter = new PodFilter(() => this.filterChanged());
    this.detail = new Detail(this.filter);
    this.ownerList = make("ul", "ktm-owners");
    this.ownerList.setAttribute("aria-label", "Owners of pods");
    this.nodeGrid = make("div", "ktm-nodes");
    this.empty = make("p", "ktm-empty", "No pods in this namespace yet. Create something, and it shows up here at once.");
    walkable(this.ownerList, "button");
    walkable(this.nodeGrid, ".ktm-pod:not(.ktm-gone) > .ktm-tile, button.ktm-node-name");
    this.listen(picture);
    picture.append(this.ownerList, this.filter.bar, this.nodeGrid, this.empty, this.detail.box, this.detail.legend);
  }

  // One listener for all tiles: 500 tiles need no listeners of their own.
  listen(picture) {
    const uid = (event) => event.target.closest?.(".ktm-tile")?.parentElement.dataset.uid ?? null;
    for (const kind of ["mouseover", "focusin"]) this.nodeGrid.addEventListener(kind, (event) => this.point(uid(event)));
    this.nodeGrid.addEventListener("mouseleave", () => this.point(this.focused()));
    this.nodeGrid.addEventListener("focusout", () => this.point(null));
    this.nodeGrid.addEventListener("click", (event) => uid(event) && this.pin(uid(event)));
    picture.addEventListener("keydown", (event) => event.key === "Escape" && this.escape(event));
  }

  draw(frame) {
    const isFirst = this.drawn === undefined;
    this.filter.adopt(frame);
    const asked = JSON.stringify(this.filter.asked);
    const density = this.densityOf(frame, asked);
    const hasSeveral = new Set(Object.values(frame.pods).map((row) => row.owner).filter(Boolean)).size > 1;
    const isArranged = !isFirst && hasSeveral === this.hasSeveralOwners && this.drawn.nodes === frame.nodes && asked === this.askedBefore && density === this.density;
    const changed = this.changedRows(frame.pods);
    const isMoved = this.isMoved(frame.pods, changed);
    [this.density, this.askedBefore, this.hasSeveralOwners, this.drawn] = [density, asked, hasSeveral, frame];
    this.drawOwners(frame);
    this.filter.draw(frame);
    if (!isArranged || isMoved) this.arrange(frame, isFirst);
    else for (const row of changed) this.drawTile(row);
    this.rows = frame.pods;
    this.drawDetail();
    this.detail.drawLegend(frame);
    for (const chip of this.root.querySelectorAll("[data-facet][aria-pressed]")) this.filter.mark(chip);
  }

  // As dense as the number of shown pods asks; back again only when clearly fewer, or it would flicker.
  densityOf(frame, asked) {
    const isSame = asked === this.askedBefore;
    const rows = Object.values(frame.pods);
    const number = this.filter.isOn ? rows.filter((row) => this.filter.matches(row)).length : rows.length;
    const [density] = DENSITIES.find(([, from]) => number >= from);
    if (!isSame || this.density === undefined) return density;
    const [, from] = DENSITIES.find(([name]) => name === this.density);
    return number < from && number >= 0.8 * from ? this.density : density;
  }

  changedRows(rows) {
    const changed = [];
    for (const uid in rows) if (rows[uid] !== this.rows[uid]) changed.push(rows[uid]);
    return changed;
  }

  // Says whether tiles come, go, or stand elsewhere.
  isMoved(rows, changed) {
    if (Object.keys(rows).length !== Object.keys(this.rows).length) return true;
    return changed.some((row) => {
      const old = this.rows[row.uid];
      return !old || old.node !== row.node || old.rank !== row.rank || (this.filter.isOn && this.filter.matches(old) !== this.filter.matches(row));
    });
  }

  drawOwners(frame) {
    if (this.drawnOwners?.deployments === frame.deployments && this.drawnOwners.owners === frame.owners) return;
    this.drawnOwners = frame;
    const others = (frame.owners ?? []).slice(0, MOST_OWNERS);
    const left = (frame.owners ?? []).length - others.length;
    const items = [
      ...frame.deployments.map((item) => ({ item, key: `Deployment ${item.name}`, fill: fillDeployment })),
      ...others.map((item) => ({ item, key: item.owner, fill: fillOwner })),
      ...(left > 0 ? [{ item: left, key: "more", fill: (row) => row.replaceChildren(make("span", "ktm-kind", `and ${count(left, "more owner")}`)) }] : []),
    ];
    arrange(this.ownerList, items, this.owners, () => make("li", "ktm-owner"));
    this.sweep(this.owners, new Set(items.map(({ key }) => key)));
    const chip = (...facts) => this.filter.chip(...facts);
    for (const { item, key, fill } of items) {
      const row = this.owners.get(key);
      const looks = JSON.stringify(item);
      if (row.looks === looks) continue;
      row.looks = looks;
      fill(row, item, chip);
    }
    keepOneTabStop([...this.ownerList.querySelectorAll("button")]);
  }

  arrange(frame, isFirst) {
    const movers = isFirst || this.stillness.matches ? [] : this.movers(frame.pods);
    const before = new Map(movers.map((tile) => [tile, tile.getBoundingClientRect()]));
    const places = this.placesOf(frame);
    arrange(this.nodeGrid, places, this.cards, (place) => this.buildCard(place));
    const born = [];
    const groups = new Set();
    for (const place of places) this.drawCard(place, groups, born);
    this.sweep(this.groups, groups);
    this.sweep(this.cards, new Set(places.map(({ key }) => key)));
    for (const [uid, tile] of this.tiles) if (!this.isShown(frame.pods[uid])) this.bury(uid, tile, frame.pods[uid]);
    this.root.dataset.density = this.density;
    this.empty.hidden = Object.keys(frame.pods).length > 0;
    this.keepOneStop();
    if (!isFirst) this.animate(before, born);
  }

  // Tab comes to a pod first, if there is one; the arrow keys also reach the names of nodes.
  keepOneStop() {
    const names = this.nodeGrid.querySelectorAll("button.ktm-node-name");
    keepOneTabStop([...this.nodeGrid.querySelectorAll(".ktm-pod:not(.ktm-gone) > .ktm-tile"), ...names]);
  }

  isShown(row) {
    return row !== undefined && this.filter.matches(row);
  }

  // Answers the tiles whose place is worth measuring.
  movers(rows) {
    const tiles = [...this.tiles];
    const few = tiles.length <= MOST_MOVING ? tiles : tiles.filter(([uid]) => rows[uid] && rows[uid].node !== this.rows[uid]?.node);
    return few.slice(0, MOST_MOVING).map(([, tile]) => tile);
  }

  placesOf(frame) {
    const places = inOrder(frame.nodes).map((node) => ({ ...node, key: `node/${node.name}`, all: node.pods, groups: new Map() }));
    const byName = new Map(places.map((place) => [place.name, place]));
    const unplaced = { ...UNPLACED, all: 0, groups: new Map() };
    for (const row of inOrder(frame.pods)) {
      const place = byName.get(row.node) ?? unplaced;
      if (place === unplaced) unplaced.all += 1;
      if (!this.filter.matches(row)) continue;
      const name = this.density === "tiny" ? (row.is_load ? "load" : `${row.owner}\n${row.revision}`) : "";
      if (!place.groups.has(name)) place.groups.set(name, []);
      place.groups.get(name).push(row);
    }
    return unplaced.all > 0 ? [...places, unplaced] : places;
  }

  buildCard(place) {
    const card = make("article", "ktm-node");
    const head = make("div", "ktm-node-head");
    const name = place.key === "unplaced" ? make("span", "ktm-node-name", place.name) : this.filter.chip("node", place.name, place.name, `Node ${place.name}`);
    name.classList.add("ktm-node-name");
    name.tabIndex = -1;
    head.append(name, make("span", "ktm-node-state"), make("span", "ktm-node-size"));
    card.append(head);
    card.setAttribute("aria-label", place.name);
    return card;
  }

  drawCard(place, groups, born) {
    const card = this.cards.get(place.key);
    const [, state, size] = card.firstElementChild.children;
    const shown = [...place.groups.values()].reduce((sum, rows) => sum + rows.length, 0);
    const pods = place.capacity ? `${place.all} of ${count(Number(place.capacity), "pod")}` : count(place.all, "pod");
    setText(state, [place.role, place.state, place.takes_pods ? "" : "takes no new pods"].filter(Boolean).join(" · "));
    setText(size, [this.filter.isOn ? `${shown} shown` : "", pods, place.cpu ? `${place.cpu} CPU` : "", place.memory].filter(Boolean).join(" · "));
    card.classList.toggle("ktm-node-down", !place.is_ready);
    card.classList.toggle("ktm-node-slim", shown === 0 && (!place.takes_pods || this.filter.isOn));
    card.classList.toggle("ktm-unplaced", place.key === "unplaced");
    if (place.groups.size === 0) place.groups.set("", []);
    const items = [...place.groups].map(([name, rows]) => ({ key: `${place.key}\n${name}`, name, rows, place }));
    arrange(card, [{ key: `${place.key}\nhead` }, ...items], this.groups, (item) => this.buildGroup(item, card));
    for (const item of items) {
      groups.add(item.key);
      this.drawGroup(item, born);
    }
    groups.add(`${place.key}\nhead`);
  }

  buildGroup(item, card) {
    if (!item.place) return card.firstElementChild;
    const group = make("div", "ktm-group");
    const list = make("ul", "ktm-pods");
    list.setAttribute("aria-label", `Pods on ${item.place.name}`);
    group.append(make("div", "ktm-group-head"), list);
    return group;
  }

  drawGroup({ key, name, rows }, born) {
    const [head, list] = this.groups.get(key).children;
    const [first] = rows;
    const owner = !name ? "" : name === "load" ? "for the lesson" : ownerName(first) || "no owner";
    setText(head, name ? [owner, first.revision ? `rev ${first.revision}` : "", rows.length].filter(Boolean).join(" · ") : "");
    head.dataset.band = name ? band(first.revision) : "none";
    for (const row of rows) if (!this.tiles.has(row.uid)) born.push(row.uid);
    arrange(list, rows.map((row) => ({ key: row.uid })), this.tiles, ({ key: uid }) => this.buildTile(uid));
    for (const row of rows) this.drawTile(row);
  }

  buildTile(uid) {
    const item = make("li", "ktm-pod");
    const button = make("button", "ktm-tile");
    button.type = "button";
    button.tabIndex = -1;
    item.append(button);
    item.dataset.uid = uid;
    return item;
  }

  drawTile(row) {
    const item = this.tiles.get(row.uid);
    if (!item) return; // filtered out
    const owner = this.hasSeveralOwners && row.owner ? ownerName(row) : "";
    const looks = looksOf(row, this.density, owner);
    if (item.looks === looks) return;
    const hasRestarted = item.restarts !== undefined && item.restarts < row.restarts;
    [item.looks, item.restarts] = [looks, row.restarts];
    fillTile(item.firstElementChild, row, this.density, owner);
    if (hasRestarted) this.play(item.firstElementChild, [{ boxShadow: "0 0 0 3px var(--kt-failing)" }, { boxShadow: "0 0 0 9px transparent" }], 900);
  }

  // A pod that has gone fades; one that is only filtered out is taken away at once.
  bury(uid, tile, row) {
    this.tiles.delete(uid);
    tile.classList.add("ktm-gone");
    tile.firstElementChild.tabIndex = -1;
    const end = row ? null : this.play(tile, [{ opacity: 1, transform: "none" }, { opacity: 0, transform: "scale(.8) translateY(6px)" }], 260);
    if (end) end.onfinish = () => tile.remove();
    else tile.remove();
  }

  sweep(elements, keys) {
    for (const [key, element] of elements) {
      if (keys.has(key)) continue;
      element.remove();
      elements.delete(key);
    }
  }

  animate(before, born) {
    for (const uid of born.slice(0, MOST_BORN)) this.play(this.tiles.get(uid), [{ opacity: 0, transform: "scale(.6)" }, { opacity: 1, transform: "none" }], 260);
    const after = [...before].filter(([tile]) => tile.isConnected).map(([tile, old]) => [tile, old, tile.getBoundingClientRect()]);
    for (const [tile, old, now] of after) {
      const [x, y] = [old.left - now.left, old.top - now.top];
      if (Math.abs(x) + Math.abs(y) > 2) this.play(tile, [{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], 320);
    }
  }

  focused() {
    return this.nodeGrid.getRootNode().activeElement?.closest?.(".ktm-pod")?.dataset.uid ?? null;
  }

  point(uid) {
    this.pointed = uid;
    this.drawDetail();
  }

  drawDetail() {
    const pinned = this.rows[this.pinned];
    this.detail.draw(pinned ?? this.rows[this.pointed], pinned !== undefined, this.tiles.size > 0);
  }

  pin(uid) {
    this.tiles.get(this.pinned)?.firstElementChild.removeAttribute("aria-current");
    this.pinned = uid === this.pinned ? null : uid;
    this.tiles.get(this.pinned)?.firstElementChild.setAttribute("aria-current", "true");
    this.point(this.pointed);
  }

  escape(event) {
    if (this.pinned) {
      const tile = this.tiles.get(this.pinned);
      this.pin(this.pinned);
      tile?.firstElementChild.focus();
    } else if (this.filter.isOn) this.filter.clear();
    else this.point(null);
    event.stopPropagation();
  }

  filterChanged() {
    const focused = document.activeElement;
    this.send({ is: "filter", filter: this.filter.asked });
    if (this.frame) this.show(this.frame);
    if (focused && !focused.isConnected) this.nodeGrid.querySelector("[tabindex='0']")?.focus();
  }
}

export default liveView(ClusterMap);
