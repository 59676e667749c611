// One pod as a tile, one owner as a row: what they look like. The facts come in the frame.

const BAR_PLACES = 20; // above that, one place stands for several pods

function suffix(pod) {
  const last = pod.name.lastIndexOf("-");
  return pod.owner && last > 0 ? pod.name.slice(last + 1) : pod.name;
}

// The name of what a pod belongs to, without its kind.
function ownerName(pod) {
  return pod.owner.slice(pod.owner.indexOf(" ") + 1);
}

// Makes what `selector` names one tab stop: the arrow keys walk, Home and End jump.
function walkable(parent, selector) {
  parent.addEventListener("keydown", (event) => {
    const stops = [...parent.querySelectorAll(selector)].filter((stop) => !stop.disabled && stop.getClientRects().length > 0);
    const here = stops.indexOf(event.target.closest(selector));
    const steps = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: stops.length - 1 };
    if (here < 0 || !(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would move to another cell
    const next = stops[Math.max(0, Math.min(stops.length - 1, steps[event.key]))];
    stops[here].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// Exactly one of `stops` is reached by Tab: the one that was, or else the first.
function keepOneTabStop(stops) {
  const open = stops.filter((stop) => !stop.disabled);
  const kept = open.find((stop) => stop.tabIndex === 0) ?? open[0];
  for (const stop of stops) if ((stop.tabIndex === 0) !== (stop === kept)) stop.tabIndex = stop === kept ? 0 : -1;
}

// `owner` is shown where pods of several owners stand side by side.
function looksOf(pod, density, owner) {
  return [density, owner, pod.mood, pod.status, pod.ready, pod.restarts, pod.revision, pod.version, pod.sentence].join("\n");
}

function fillTile(button, pod, density, owner) {
  button.dataset.mood = pod.mood;
  button.dataset.band = band(pod.revision);
  button.classList.toggle("ktm-helper", pod.is_load);
  button.setAttribute("aria-label", pod.sentence);
  if (density === "tiny") {
    button.replaceChildren(sign(pod.mood));
    return;
  }
  const top = make("span", "ktm-tile-top");
  top.append(sign(pod.mood), make("bdi", "ktm-tile-name", suffix(pod)));
  if (density === "dense") {
    if (pod.restarts > 0) top.append(make("span", "ktm-restarts", `↻${pod.restarts}`));
    button.replaceChildren(top);
    return;
  }
  top.append(make("span", "ktm-version", pod.is_load ? "sends requests" : pod.version));
  const below = make("span", "ktm-tile-below");
  const isUnready = pod.mood === "running" || (pod.mood === "failing" && !pod.ready.endsWith("/1"));
  const status = isUnready ? `${pod.status} ${pod.ready}` : pod.status;
  below.append(make("span", "ktm-status", owner ? `${owner} · ${status}` : status));
  if (pod.restarts > 0) below.append(make("span", "ktm-restarts", `↻ ${pod.restarts}`));
  button.replaceChildren(top, below);
}

function bar(ready, wanted) {
  const element = make("span", "ktm-bar");
  element.setAttribute("aria-hidden", "true");
  const places = Math.min(wanted, BAR_PLACES);
  for (let place = 0; place < places; place += 1) element.append(make("i", place * wanted < ready * places ? "full" : ""));
  return element;
}

// A Deployment with its numbers. `chip(facet, value, text, label)` makes a button that filters.
function fillDeployment(row, item, chip) {
  const parts = [make("span", "ktm-kind", "Deployment"), chip("owner", `Deployment ${item.name}`, item.name)];
  if (item.revision) {
    const revision = chip("revision", item.revision, `rev ${item.revision}`, `Revision ${item.revision}`);
    revision.classList.add("ktm-revision");
    revision.dataset.band = band(item.revision);
    parts.push(revision);
  }
  parts.push(bar(item.ready, item.wanted), make("span", "ktm-ready", `${item.ready} of ${item.wanted} ready`));
  const tag = item.image.slice(item.image.lastIndexOf("/") + 1).split("@")[0].split(":")[1] ?? "latest";
  if (item.image) parts.push(chip("version", tag, item.image, `Version ${tag}, image ${item.image}`));
  parts.push(make("span", "ktm-progress", item.progress));
  row.replaceChildren(...parts);
}

function fillOwner(row, item, chip) {
  const [kind, name] = [item.owner.slice(0, item.owner.indexOf(" ")), item.owner.slice(item.owner.indexOf(" ") + 1)];
  const ready = make("span", "ktm-ready", `${count(item.pods, "pod")}, ${item.ready} ready`);
  row.replaceChildren(make("span", "ktm-kind", kind), chip("owner", item.owner, name, `${kind} ${name}`), ready);
}
