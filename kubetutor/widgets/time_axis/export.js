// Saves what is seen as a picture, and what was recorded as a table.

const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "paint-order"];

function save(content, type, name) {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Answers the SVG as an image. A style sheet does not reach into an image, so every element takes its looks along.
function imageOf(svg) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, number) => {
    const style = getComputedStyle(originals[number]);
    element.setAttribute("style", LOOKS.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  const { width, height } = svg.getBoundingClientRect();
  const size = { xmlns: SVG, width, height, viewBox: svg.getAttribute("viewBox") ?? `0 0 ${width} ${height}` };
  for (const [name, value] of Object.entries(size)) copy.setAttribute(name, value);
  return loaded(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`);
}

function loaded(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("the picture could not be made"));
    image.src = address;
  });
}

// Draws each piece of text of `element` where it stands on the screen.
function writeTexts(context, element, origin) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("[hidden], .ktv-spoken, .ktv-plot, svg")) continue;
    const box = parent.getBoundingClientRect();
    if (box.width === 0) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const at = range.getBoundingClientRect();
    const style = getComputedStyle(parent);
    context.save();
    context.beginPath();
    context.rect(box.left - origin.left, box.top - origin.top, box.width + 1, box.height);
    context.clip();
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`; // `font` is empty where digits are tabular
    context.fillStyle = style.color;
    context.textBaseline = "middle";
    context.fillText(node.textContent, at.left - origin.left, at.top - origin.top + at.height / 2);
    context.restore();
  }
}

// Puts headline, lanes, lines and bars on one canvas, at twice the size of the screen.
async function pictureOf(view) {
  const titles = view.root.querySelector(".ktv-titles");
  const box = view.root.getBoundingClientRect();
  const stage = view.stage.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  const height = stage.bottom - box.top + 14;
  [canvas.width, canvas.height] = [box.width * 2, height * 2];
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.fillStyle = getComputedStyle(view.root).backgroundColor;
  context.fillRect(0, 0, box.width, height);
  const surface = view.surface.getBoundingClientRect();
  const place = [surface.left - box.left, surface.top - box.top, surface.width, surface.height];
  if (globalThis.Plotly && view.plotted) {
    const lines = await globalThis.Plotly.toImage(view.plot, { format: "svg", width: surface.width, height: surface.height });
    context.drawImage(await loaded(lines), ...place);
  }
  context.drawImage(await imageOf(view.over), ...place);
  for (const swatch of view.gutter.querySelectorAll("svg")) {
    const at = swatch.getBoundingClientRect();
    context.drawImage(await imageOf(swatch), at.left - box.left, at.top - box.top, at.width, at.height);
  }
  for (const part of [titles, view.gutter]) writeTexts(context, part, box);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}
