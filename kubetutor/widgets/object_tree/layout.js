// Where boxes stand, and how the lines between them run. Owners stand in the middle of what they own; services beside
// the pods that they select.

const BOX = { height: 62, gap: 10, widest: 236, narrowest: 128, between: 44 }; // pixels
const GROUP_GAP = 14; // more room between two trees
const MORE_HEIGHT = 44;

function height(box) {
  return box.more ? MORE_HEIGHT : BOX.height;
}

class Layout {
  // `room` is the width that there is, in pixels.
  constructor(frame, boxes, room) {
    this.frame = frame;
    this.boxes = boxes; // in the tree's order
    const columns = frame.headings.map((_, column) => column).filter((column) => frame.headings[column]);
    const gaps = Math.max(1, columns.length - 1);
    this.width = Math.min(BOX.widest, (room - gaps * BOX.between) / columns.length);
    this.isNarrow = this.width < BOX.narrowest;
    const between = Math.min(120, (room - columns.length * this.width) / gaps);
    this.left = new Map(columns.map((column, place) => [column, 4 + place * (this.width + between)]));
    this.middles = new Map(); // key -> y of the middle of a box
    const end = Math.max(this.placeOwners(), 0);
    this.height = Math.max(end, this.placeServices(end)) + 4;
  }

  top(box) {
    return this.middles.get(box.key) - height(box) / 2;
  }

  widthOf(box) {
    return box.kind === "EndpointSlice" ? this.width - 12 : this.width;
  }

  placeOwners() {
    let row = 2;
    const put = (box) => {
      const kids = this.boxes.filter((other) => other.parent === box.key);
      if (kids.length === 0) {
        this.middles.set(box.key, row + height(box) / 2);
        row += height(box) + BOX.gap;
      } else {
        const middles = kids.map(put);
        this.middles.set(box.key, (middles[0] + middles.at(-1)) / 2);
        row = Math.max(row, this.middles.get(box.key) + height(box) / 2 + BOX.gap);
      }
      return this.middles.get(box.key);
    };
    for (const box of this.boxes) {
      if (box.parent || box.column === 3) continue;
      put(box);
      row += box.kind === "Pod" ? 0 : GROUP_GAP;
    }
    return row;
  }

  placeServices(end) {
    const groups = this.boxes.filter((box) => box.column === 3 && !box.parent).map((box) => this.group(box));
    let next = 2;
    for (const group of groups) {
      group.top = Math.max(next, group.wish - group.height / 2);
      next = group.top + group.height + GROUP_GAP;
    }
    let limit = Math.max(end, groups.reduce((sum, group) => sum + group.height + GROUP_GAP, 2));
    for (const group of groups.reverse()) {
      group.top = Math.min(group.top, limit - group.height);
      limit = group.top - GROUP_GAP;
      let top = group.top;
      for (const box of group.boxes) {
        this.middles.set(box.key, top + BOX.height / 2);
        top += BOX.height + BOX.gap;
      }
    }
    return Math.max(...groups.map((group) => group.top + group.height + BOX.gap), 0);
  }

  group(service) {
    const boxes = [service, ...this.boxes.filter((box) => box.parent === service.key)];
    const pods = Object.values(this.frame.ties).filter((tie) => tie.source === service.key && tie.kind === "selects").map((tie) => this.middles.get(tie.target));
    const tall = boxes.length * (BOX.height + BOX.gap) - BOX.gap;
    return { boxes, height: tall, wish: pods.length > 0 ? (Math.min(...pods) + Math.max(...pods)) / 2 : 0 };
  }

  path(tie) {
    const [source, target] = [this.frame.boxes[tie.source], this.frame.boxes[tie.target]];
    if (source.column === target.column) return this.elbow(source, target);
    const leftwards = source.column > target.column;
    const offset = { owns: -5, selects: leftwards ? -5 : 7, lists: 9 }[tie.kind];
    const x1 = this.left.get(source.column) + (leftwards ? 0 : this.widthOf(source));
    const x2 = this.left.get(target.column) + (leftwards ? this.width : 0);
    const [y1, y2] = [this.middles.get(source.key) + (tie.kind === "owns" ? -5 : 0), this.middles.get(target.key) + offset];
    const bend = (x2 - x1) * 0.5;
    return `M ${x1} ${y1} C ${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }

  // A slice stands under its service, in the same column.
  elbow(source, target) {
    const x = this.left.get(source.column) + this.width - 5;
    const [top, bottom] = [this.middles.get(source.key) + BOX.height / 2, this.middles.get(target.key)];
    return `M ${x} ${top} L ${x} ${bottom - 6} Q ${x} ${bottom} ${x - 6} ${bottom} L ${x - 3} ${bottom}`;
  }
}
