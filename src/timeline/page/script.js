'use strict';
(() => {
const element = (id) => document.getElementById(id);
const data = JSON.parse(element('data').textContent);
const colourOf = data.chunks.map((chunk) => Number(BigInt(chunk) % BigInt(data.colours.length)));
const NONE = data.colours.length, MIXED = NONE + 1;

// ---- what is shown ----

const whole = {from: 0, to: Math.max(1, data.length)};
const start = {from: data.from, to: data.to};
const view = {...start};
let followed = -1;  // index of a chunk

// Bars of a row begin in order. `reach` is the latest end so far: it grows, ends need not.
function makeRow(flags) {
  return {waiting: (flags & 1) !== 0, crowded: (flags & 2) !== 0, bars: [], y: 0, height: 0};
}

const lanes = data.lanes.map((lane) => {
  const count = lane.bars.length / 6;
  const bars = {
    begin: new Float64Array(count), end: new Float64Array(count), what: new Uint32Array(count),
    chunk: new Int32Array(count), task: new Float64Array(count),
  };
  const rows = lane.rows.map(makeRow);
  const busy = {begin: [], end: [], sum: []};  // stretches in which somebody works
  let begin = 0;
  for (let i = 0, at = 0; i < count; ++i, at += 6) {
    begin += lane.bars[at];
    const end = begin + lane.bars[at + 1];
    bars.begin[i] = begin;
    bars.end[i] = end;
    bars.what[i] = lane.bars[at + 2];
    bars.chunk[i] = lane.bars[at + 3];
    bars.task[i] = lane.bars[at + 4];
    const row = rows[lane.bars[at + 5]];
    row.bars.push(i);
    if (row.waiting || end <= begin) continue;
    const last = busy.end.length - 1;
    if (last >= 0 && begin <= busy.end[last]) {
      busy.end[last] = Math.max(busy.end[last], end);
    } else {
      busy.begin.push(begin);
      busy.end.push(end);
    }
  }
  let sum = 0;
  for (let i = 0; i < busy.begin.length; ++i) {
    busy.sum.push(sum);
    sum += busy.end[i] - busy.begin[i];
  }
  for (const row of rows) {
    row.bars = Int32Array.from(row.bars);
    row.reach = new Float64Array(row.bars.length);
    let reach = -Infinity;
    row.bars.forEach((bar, i) => { row.reach[i] = reach = Math.max(reach, bars.end[bar]); });
  }
  return {name: lane.name, group: lane.group, label: lane.label, kind: lane.kind,
          meaning: lane.meaning, bars, rows, busy, heads: false, y: 0, height: 0};
});

const counters = data.counters.map((counter) => {
  const times = [], levels = [];
  let time = 0, highest = Math.max(1, counter.capacity);
  for (let at = 0; at < counter.levels.length; at += 2) {
    time += counter.levels[at];
    times.push(time);
    levels.push(counter.levels[at + 1]);
    highest = Math.max(highest, counter.levels[at + 1]);
  }
  return {name: counter.name, label: counter.name, capacity: counter.capacity, times, levels,
          highest, y: 0, height: 0};
});

// The first index at which `wanted` is true, which stays true from there on.
function firstIndex(count, wanted) {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (wanted(middle)) high = middle; else low = middle + 1;
  }
  return low;
}

function busyUntil(busy, time) {
  const i = firstIndex(busy.begin.length, (k) => busy.begin[k] >= time) - 1;
  return i < 0 ? 0 : busy.sum[i] + Math.min(time, busy.end[i]) - busy.begin[i];
}

const busyShare = (lane) =>
  (busyUntil(lane.busy, view.to) - busyUntil(lane.busy, view.from)) / (view.to - view.from);

// ---- words ----

const UNITS = [[1, 'ns'], [1e3, '\u00b5s'], [1e6, 'ms'], [1e9, 's']];
const trimmed = (text) => text.includes('.') ? text.replace(/\.?0+$/, '') : text;

function duration(time) {
  let unit = 0;
  while (unit < 3 && Math.abs(time) / UNITS[unit][0] >= 999.5) ++unit;
  const number = time / UNITS[unit][0], size = Math.abs(number);
  const decimals = unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return trimmed(number.toFixed(decimals)) + ' ' + UNITS[unit][1];
}

// With as many digits as tell this time from its neighbours at this zoom.
function moment(time, step) {
  let unit = UNITS[0];
  for (const candidate of UNITS) if (view.to >= candidate[0]) unit = candidate;
  const decimals = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / unit[0]) - 1e-9)));
  return trimmed((time / unit[0]).toFixed(decimals)) + ' ' + unit[1];
}

function percent(share) {
  if (share > 0 && share < 0.01) return '< 1 %';
  if (share > 0.99 && share < 1 - 1e-12) return '99 %';
  return Math.round(share * 100) + ' %';
}

const plural = (count, one) => count + ' ' + one + (count === 1 ? '' : 's');

// ---- drawing ----

const picture = element('lanes'), axis = element('axis'), room = picture.parentElement;
const pen = picture.getContext('2d'), axisPen = axis.getContext('2d');
const FONT = getComputedStyle(document.body).fontFamily;
const EDGE = 12, GAP = 8, ROW_GAP = 2, AXIS = 24, GROUP = 18, GROUP_GAP = 6;
const fullRow = data.rowHeight;
let left = 80, plot = 400, width = 500, height = 100, ratio = 1, theme = {}, hatch = null;

const timeAt = (x) => view.from + (x - left) / plot * (view.to - view.from);
const xAt = (time) => left + (time - view.from) / (view.to - view.from) * plot;
const shownLanes = () =>
  lanes.filter((lane) => lane.kind !== 'resource' || element('resources').checked);
const shownCounters = () => element('counters').checked ? counters : [];

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['page', 'text', 'quiet', 'line', 'track', 'plain', 'mixed', 'full', 'accent']) {
    theme[name] = style.getPropertyValue('--' + name).trim();
  }
  theme.colours = [...data.colours, theme.plain, theme.mixed];
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const on = tile.getContext('2d');
  on.strokeStyle = theme.page;
  on.globalAlpha = 0.75;
  on.lineWidth = 2;
  on.beginPath();
  for (const shift of [-8, 0, 8]) {
    on.moveTo(shift - 1, 9);
    on.lineTo(shift + 9, -1);
  }
  on.stroke();
  hatch = pen.createPattern(tile, 'repeat');
}

function arrange() {
  ratio = window.devicePixelRatio || 1;
  width = room.clientWidth;  // without the scroll bar
  pen.font = '12px ' + FONT;
  let longest = 40;
  for (const one of [...lanes, ...counters]) {
    longest = Math.max(longest, pen.measureText(one.label).width);
  }
  left = Math.floor(Math.min(EDGE + longest + 10, width * 0.3));
  plot = Math.max(1, width - left - EDGE - 48);
  let y = 4, group = '';
  for (const lane of shownLanes()) {
    lane.heads = lane.group !== group;
    group = lane.group;
    if (lane.heads) y += (y > 4 ? GROUP_GAP : 0) + GROUP;
    lane.y = y;
    for (const row of lane.rows) {
      row.y = y;
      row.height = row.waiting ? Math.max(2, Math.round(fullRow * 0.45)) : fullRow;
      y += row.height + ROW_GAP;
    }
    lane.height = y - ROW_GAP - lane.y;
    y += GAP - ROW_GAP;
  }
  for (const counter of shownCounters()) {
    counter.y = y;
    counter.height = Math.max(16, fullRow);
    y += counter.height + GAP;
  }
  height = Math.max(y, 40);
  for (const [canvas, tall] of [[picture, height], [axis, AXIS]]) {
    canvas.style.width = width + 'px';
    canvas.style.height = tall + 'px';
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(tall * ratio);
  }
}

let pending = false;
function redraw() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => { pending = false; draw(); });
}

function draw() {
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  if (lanes.length === 0 && counters.length === 0) {
    drawText('nothing was recorded', EDGE, 20, theme.quiet);
    return;
  }
  const ticks = ticksOf(84);
  drawAxis(ticks);
  pen.fillStyle = theme.line;
  for (const time of ticks.times) pen.fillRect(Math.round(xAt(time)), 0, 1, height);
  const top = room.scrollTop, bottom = top + room.clientHeight;
  for (const lane of shownLanes()) {
    if (lane.heads) drawGroup(lane);
    if (lane.y + lane.height >= top && lane.y <= bottom) drawLane(lane);
  }
  for (const counter of shownCounters()) drawCounter(counter);
  saySomething();
  pointOut();
}

function ticksOf(distance) {
  const smallest = Math.max(1, (view.to - view.from) * distance / plot);
  const power = Math.pow(10, Math.floor(Math.log10(smallest)));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power)
                            .find((candidate) => candidate >= smallest * 0.999999));
  const times = [];
  for (let k = Math.ceil(view.from / step); k * step <= view.to && times.length < 500; ++k) {
    times.push(k * step);
  }
  return {times, step};
}

function drawAxis(ticks) {
  axisPen.setTransform(ratio, 0, 0, ratio, 0, 0);
  axisPen.clearRect(0, 0, width, AXIS);
  axisPen.font = '10.5px ' + FONT;
  axisPen.textAlign = 'center';
  for (const time of ticks.times) {
    const x = Math.round(xAt(time));
    axisPen.fillStyle = theme.line;
    axisPen.fillRect(x, AXIS - 5, 1, 5);
    axisPen.fillStyle = theme.quiet;
    axisPen.fillText(moment(time, ticks.step), x, AXIS - 9);
  }
  // How much of the recording this is.
  if (view.from > whole.from || view.to < whole.to) {
    const share = (time) => left + Math.min(1, Math.max(0, time / whole.to)) * plot;
    axisPen.fillStyle = theme.line;
    axisPen.fillRect(left, 0, plot, 3);
    axisPen.fillStyle = theme.accent;
    axisPen.fillRect(share(view.from), 0, Math.max(3, share(view.to) - share(view.from)), 3);
  }
}

function drawText(text, x, y, colour, space, weight = '') {
  pen.fillStyle = colour;
  pen.font = weight + '12px ' + FONT;
  pen.textAlign = 'left';
  if (space !== undefined && pen.measureText(text).width > space) {
    const letters = [...text];
    while (letters.length > 1 && pen.measureText(letters.join('') + '\u2026').width > space) {
      letters.pop();
    }
    text = letters.join('') + '\u2026';
  }
  pen.fillText(text, x, y);
}

function drawRight(text, y) {
  pen.fillStyle = theme.text;
  pen.font = '12px ' + FONT;
  pen.textAlign = 'right';
  pen.fillText(text, width - EDGE, y);
}

// The name of a group of lanes, above the first of them.
function drawGroup(first) {
  const y = first.y - GROUP;
  if (y > 4) {
    pen.fillStyle = theme.line;
    pen.fillRect(EDGE, y - GROUP_GAP / 2, width - 2 * EDGE, 1);
  }
  drawText(first.group, EDGE, first.y - 5, theme.text, width - 2 * EDGE, '600 ');
}

function drawLane(lane) {
  const middle = lane.y + Math.min(lane.height, fullRow) / 2 + 4;
  drawText(lane.label, EDGE, middle, theme.text, left - EDGE - 8);
  drawRight(percent(busyShare(lane)), middle);
  pen.fillStyle = theme.track;
  pen.fillRect(left, lane.y, plot, lane.height);
  pen.save();
  pen.beginPath();
  pen.rect(left, lane.y, plot, lane.height);
  pen.clip();
  for (const row of lane.rows) drawRow(lane, row);
  pen.restore();
}

// Bars that are narrower than a pixel are drawn together, paler where idle.
function drawRow(lane, row) {
  const {begin, end, chunk} = lane.bars;
  const scale = plot / (view.to - view.from);
  const weights = new Float64Array(NONE + 1);
  let column = -Infinity, filled = 0, follows = false, covered = -Infinity;
  const finish = () => {
    if (column === -Infinity) return;
    let colour = MIXED;
    for (let i = 0; i <= NONE; ++i) if (weights[i] >= filled * 0.75) colour = i;
    if (follows) colour = colourOf[followed];
    const alpha = 0.25 + 0.75 * Math.min(1, filled);
    fill(row, column, 1, colour, alpha * (followed < 0 || follows ? 1 : 0.2));
    weights.fill(0);
    column = -Infinity;
    filled = 0;
    follows = false;
  };
  for (let i = firstIndex(row.bars.length, (k) => row.reach[k] >= view.from);
       i < row.bars.length; ++i) {
    const bar = row.bars[i];
    if (begin[bar] > view.to) break;
    // Of what has no row of its own only the outline is drawn.
    const from = row.crowded ? Math.max(begin[bar], covered) : begin[bar];
    covered = Math.max(covered, end[bar]);
    const x = left + (from - view.from) * scale, w = (end[bar] - from) * scale;
    if (w < 0) continue;
    const colour = chunk[bar] < 0 ? NONE : colourOf[chunk[bar]];
    const isFollowed = followed >= 0 && chunk[bar] === followed;
    if (w < 1) {
      if (Math.floor(x) !== column) {
        finish();
        column = Math.floor(x);
      }
      filled += w;
      weights[colour] += w;
      follows = follows || isFollowed;
      continue;
    }
    finish();
    const shownFrom = Math.max(x, left - 10), shownTo = Math.min(x + w, left + plot + 10);
    if (shownTo <= shownFrom) continue;
    fill(row, shownFrom, shownTo - shownFrom, row.crowded ? MIXED : colour,
         followed < 0 || isFollowed ? 1 : 0.2);
    if (!row.waiting && !row.crowded) drawLabel(lane, bar, row, shownFrom, shownTo, isFollowed);
  }
  finish();
}

function fill(row, x, w, colour, alpha) {
  pen.fillStyle = theme.colours[colour];
  pen.globalAlpha = alpha * (row.waiting ? 0.32 : 1);
  const shown = w >= 4 ? w - 0.6 : w;
  if (w < 6 || row.height < 8) {
    pen.fillRect(x, row.y, shown, row.height);
  } else {
    pen.beginPath();
    pen.roundRect(x, row.y, shown, row.height, 2);
    pen.fill();
  }
  if (row.waiting && w >= 6) {
    pen.globalAlpha = 1;
    pen.fillStyle = hatch;
    pen.fillRect(x, row.y, shown, row.height);
  }
  pen.globalAlpha = 1;
}

function drawLabel(lane, bar, row, from, to, isFollowed) {
  const low = Math.max(from, left), space = Math.min(to, left + plot) - low - 4;
  if (space < 5 || row.height < 12) return;
  const chunk = lane.bars.chunk[bar], what = data.whats[lane.bars.what[bar]];
  const number = chunk < 0 ? '' : data.chunks[chunk];
  pen.textAlign = 'center';
  pen.fillStyle = '#1b1f24';
  pen.globalAlpha = followed < 0 || isFollowed ? 1 : 0.35;
  for (const text of chunk < 0 ? [what] : [number + ' \u00b7 ' + what, number]) {
    pen.font = (chunk < 0 ? '' : '600 ') + '10.5px ' + FONT;
    if (text !== '' && (text.length < 400) && pen.measureText(text).width <= space) {
      pen.fillText(text, low + 2 + space / 2, row.y + row.height / 2 + 3.8);
      break;
    }
  }
  pen.globalAlpha = 1;
}

function drawCounter(counter) {
  const {times, levels} = counter;
  const middle = counter.y + counter.height / 2 + 4, floor = counter.y + counter.height;
  drawText(counter.name, EDGE, middle, theme.text, left - EDGE - 8);
  pen.fillStyle = theme.track;
  pen.fillRect(left, counter.y, plot, counter.height);
  pen.fillStyle = theme.full;
  const bar = (x, end, low, high) => {
    const tall = (level) => level / counter.highest * counter.height;
    x = Math.round(x * ratio) / ratio;  // neighbours leave no seam
    end = Math.round(end * ratio) / ratio;
    pen.globalAlpha = 0.35;
    pen.fillRect(x, floor - tall(high), end - x, tall(high) - tall(low));
    pen.globalAlpha = 0.75;
    pen.fillRect(x, floor - tall(low), end - x, tall(low));
  };
  let most = 0, pixel = null;  // of the levels within one pixel
  const finish = () => {
    if (pixel) bar(pixel.x, pixel.end, pixel.low, pixel.high);
    pixel = null;
  };
  for (let i = Math.max(0, firstIndex(times.length, (k) => times[k] > view.from) - 1);
       i < times.length && times[i] < view.to; ++i) {
    const until = i + 1 < times.length ? times[i + 1] : Infinity;
    const x = Math.max(left, xAt(times[i])), end = Math.min(left + plot, xAt(until));
    const level = levels[i];
    most = Math.max(most, level);
    if (end - x >= 1) {
      finish();
      bar(x, end, level, level);
    } else if (pixel && Math.floor(pixel.x) === Math.floor(x)) {
      pixel = {x: pixel.x, end, low: Math.min(pixel.low, level), high: Math.max(pixel.high, level)};
    } else {
      finish();
      pixel = {x, end, low: level, high: level};
    }
  }
  finish();
  pen.globalAlpha = 1;
  if (counter.capacity > 0) {
    pen.strokeStyle = theme.full;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    const y = Math.round(floor - counter.capacity / counter.highest * counter.height) + 0.5;
    pen.moveTo(left, y);
    pen.lineTo(left + plot, y);
    pen.stroke();
    pen.setLineDash([]);
  }
  drawRight(counter.capacity > 0 ? most + ' / ' + counter.capacity : String(most), middle);
}

// ---- what is under the pointer ----

function find(x, y) {
  for (const lane of shownLanes()) {
    if (y < lane.y || y >= lane.y + lane.height) continue;
    if (x < left) return {lane};
    const row = lane.rows.find((one) => y >= one.y && y < one.y + one.height);
    return row && x <= left + plot ? {lane, row, ...findIn(lane, row, x)} : {lane: null};
  }
  for (const counter of shownCounters()) {
    if (y >= counter.y && y < counter.y + counter.height && x >= left && x <= left + plot) {
      return {counter, time: timeAt(x)};
    }
  }
  return {};
}

// The bar at this place, or how many there are in this column of pixels.
function findIn(lane, row, x) {
  const {begin, end} = lane.bars;
  const from = timeAt(Math.floor(x)), to = timeAt(Math.floor(x) + 1), wide = 3 * (to - from);
  let count = 0, busy = 0, only = -1, large = -1, covered = from;
  for (let i = firstIndex(row.bars.length, (k) => row.reach[k] >= from); i < row.bars.length; ++i) {
    const bar = row.bars[i];
    if (begin[bar] >= to) break;
    if (end[bar] < from) continue;
    count += 1;
    only = bar;
    if (end[bar] - begin[bar] >= wide && begin[bar] <= timeAt(x)) large = bar;
    busy += Math.max(0, Math.min(end[bar], to) - Math.max(begin[bar], covered));
    covered = Math.max(covered, end[bar]);
  }
  if (count === 1 || (large >= 0 && !row.crowded)) return {bar: large >= 0 ? large : only};
  return count === 0 ? {} : {count, busy: Math.min(1, busy / (to - from))};
}

function tipOf(found) {
  if (found.counter) {
    const {times, levels, capacity, name} = found.counter;
    const i = firstIndex(times.length, (k) => times[k] > found.time) - 1;
    if (i < 0) return null;
    return [name, levels[i] + (capacity > 0 ? ' of ' + capacity : ''),
            'since ' + moment(times[i], (view.to - view.from) / plot)];
  }
  if (!found.lane) return null;
  if (!found.row) {
    return [found.lane.name, found.lane.meaning,
            'busy ' + percent(busyShare(found.lane)) + ' of what is shown'];
  }
  if (found.bar !== undefined) {
    const {begin, end, chunk, task, what} = found.lane.bars, bar = found.bar, of = [];
    if (chunk[bar] >= 0) of.push('chunk ' + data.chunks[chunk[bar]]);
    if (task[bar] !== 0) of.push('task ' + task[bar]);
    return [data.whats[what[bar]] || found.lane.name, of.join(', '),
            (found.row.waiting ? 'waits ' : 'takes ') + duration(end[bar] - begin[bar]),
            'from ' + moment(begin[bar], Math.min((view.to - view.from) / plot,
                                                  Math.max(1, (end[bar] - begin[bar]) / 100))),
            found.lane.name];
  }
  if (found.count) {
    return [plural(found.count, found.row.waiting ? 'wait' : 'bar') + ' in this pixel',
            'filled to ' + percent(found.busy),
            found.row.crowded ? 'there is no row for more at once' : 'zoom in to see them',
            found.lane.name];
  }
  return null;
}

function showTip(x, y, lines) {
  const tip = element('tip');
  tip.hidden = !lines;
  if (!lines) return;
  tip.textContent = '';
  lines.filter((line) => line !== '').forEach((line, i) => {
    const part = document.createElement(i === 0 ? 'b' : 'span');
    part.textContent = i === 0 ? line : (i === 1 ? '' : '\n') + line;
    tip.append(part);
  });
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, window.innerWidth - box.width - 8)) + 'px';
  tip.style.top = (y + 18 + box.height > window.innerHeight ? Math.max(4, y - box.height - 10)
                                                            : y + 18) + 'px';
}

// ---- a chunk's way ----

function wayOf(chunk) {
  const way = {from: Infinity, to: -Infinity, parts: []};
  for (const lane of lanes) {
    let sum = 0;
    for (const row of lane.rows) {
      for (const bar of row.bars) {
        if (lane.bars.chunk[bar] !== chunk) continue;
        way.from = Math.min(way.from, lane.bars.begin[bar]);
        way.to = Math.max(way.to, lane.bars.end[bar]);
        if (!row.waiting) sum += lane.bars.end[bar] - lane.bars.begin[bar];
      }
    }
    if (sum > 0 && lane.kind !== 'resource') way.parts.push(lane.name + ' ' + duration(sum));
  }
  return way;
}

let way = null;
function follow(chunk) {
  followed = chunk;
  way = chunk < 0 ? null : wayOf(chunk);
  remember();
  redraw();
}

function saySomething() {
  let bars = 0;
  for (const lane of shownLanes()) bars += lane.bars.begin.length;
  element('state').textContent = way
    ? 'chunk ' + data.chunks[followed] + ': ' + duration(way.to - way.from) + ' in all; ' +
      way.parts.join(', ')
    : duration(view.to - view.from) +
      (view.from <= whole.from && view.to >= whole.to ? '' : ' of ' + duration(whole.to)) + '; ' +
      plural(bars, 'bar');
}

// ---- moving about ----

function show(from, to) {
  const limit = {from: Math.min(whole.from, start.from), to: Math.max(whole.to, start.to)};
  const length = Math.min(Math.max(to - from, 10), limit.to - limit.from);
  const middle = (from + to) / 2;
  view.from = Math.min(Math.max(middle - length / 2, limit.from), limit.to - length);
  view.to = view.from + length;
  remember();
  redraw();
}

function zoom(factor, x) {
  const at = timeAt(x === undefined ? left + plot / 2 : Math.min(Math.max(x, left), left + plot));
  const length = Math.max(10, (view.to - view.from) * factor);
  const share = (at - view.from) / (view.to - view.from);
  show(at - share * length, at + (1 - share) * length);
}

const move = (share) => {
  const by = (view.to - view.from) * share;
  show(view.from + by, view.to + by);
};
const showAll = () => show(whole.from, whole.to);

// The address tells what is shown: #from=1ms&length=2ms&chunk=3&resources=1
const parsed = (text) => {
  const match = /^([0-9.]+)\s*(ns|us|\u00b5s|\u03bcs|ms|s)?$/.exec(text || '');
  const sizes = {ns: 1, us: 1e3, '\u00b5s': 1e3, '\u03bcs': 1e3, ms: 1e6, s: 1e9};
  return match ? Number(match[1]) * sizes[match[2] || 'ns'] : NaN;
};

function readAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has('resources')) element('resources').checked = wanted.get('resources') !== '0';
  if (wanted.has('counters')) element('counters').checked = wanted.get('counters') !== '0';
  followed = wanted.has('chunk') ? data.chunks.indexOf(wanted.get('chunk')) : -1;
  way = followed < 0 ? null : wayOf(followed);
  const from = parsed(wanted.get('from')), length = parsed(wanted.get('length'));
  arrange();
  if (Number.isFinite(from) || Number.isFinite(length)) {
    const begin = Number.isFinite(from) ? from : 0;
    show(begin, Number.isFinite(length) ? begin + length : whole.to);
  } else {
    redraw();
  }
}

let remembering = 0;
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const parts = [];
    if (view.from !== start.from || view.to !== start.to) {
      parts.push('from=' + Math.round(view.from) + 'ns',
                 'length=' + Math.round(view.to - view.from) + 'ns');
    }
    if (followed >= 0) parts.push('chunk=' + data.chunks[followed]);
    if (element('resources').checked !== (data.resources === 1)) {
      parts.push('resources=' + (element('resources').checked ? 1 : 0));
    }
    if (!element('counters').checked) parts.push('counters=0');
    try {
      history.replaceState(null, '', '#' + parts.join('&'));
    } catch (error) {
      // Some browsers forbid it for files.
    }
  }, 300);
}

// ---- what the reader does ----

let drag = null;  // where it began, and whether it went on
let moved = false;  // by the last drag
let pointer = null;

function pointOut() {
  if (!pointer || drag) return;
  const found = find(pointer.x, pointer.y);
  picture.classList.toggle('bar', found.bar !== undefined);
  showTip(pointer.left, pointer.top, tipOf(found));
}

picture.addEventListener('wheel', (event) => {
  if (event.offsetX < left && !event.ctrlKey) return;  // scrolls the page
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    move(sideways * lines / plot);
  } else {
    zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY * lines)) * 0.002), event.offsetX);
  }
}, {passive: false});

picture.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  drag = {x: event.clientX, y: event.clientY, from: view.from, top: room.scrollTop, moved: false};
  picture.setPointerCapture(event.pointerId);
});

picture.addEventListener('pointermove', (event) => {
  if (drag) {
    const by = event.clientX - drag.x, down = event.clientY - drag.y;
    if (!drag.moved && Math.abs(by) + Math.abs(down) < 4) return;
    room.scrollTop = drag.top - down;
    drag.moved = true;
    picture.classList.add('drags');
    showTip(0, 0, null);
    const length = view.to - view.from;
    const from = drag.from - by / plot * length;
    show(from, from + length);
    return;
  }
  pointer = {x: event.offsetX, y: event.offsetY, left: event.clientX, top: event.clientY};
  pointOut();
});

const endDrag = () => {
  drag = null;
  picture.classList.remove('drags');
};

picture.addEventListener('pointerup', () => {
  moved = drag !== null && drag.moved;
  endDrag();
});

picture.addEventListener('click', (event) => {
  if (moved) return;
  const found = find(event.offsetX, event.offsetY);
  const chunk = found.bar === undefined ? -1 : found.lane.bars.chunk[found.bar];
  // The second click of two leaves the chunk as it is, for the double click.
  follow(chunk === followed && event.detail < 2 ? -1 : chunk);
});

picture.addEventListener('dblclick', () => {
  if (!way) return;
  const rim = (way.to - way.from) * 0.05;
  show(way.from - rim, way.to + rim);
});

picture.addEventListener('pointercancel', endDrag);
picture.addEventListener('pointerleave', () => {
  pointer = null;
  showTip(0, 0, null);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const does = {
    ArrowLeft: () => move(-0.15), ArrowRight: () => move(0.15), '+': () => zoom(0.7),
    '=': () => zoom(0.7), '-': () => zoom(1 / 0.7), '0': showAll, Home: showAll,
    Escape: () => follow(-1),
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});

for (const id of ['resources', 'counters']) {
  element(id).addEventListener('change', () => { arrange(); remember(); redraw(); });
}
element('in').addEventListener('click', () => zoom(0.6));
element('out').addEventListener('click', () => zoom(1 / 0.6));
element('all').addEventListener('click', showAll);
window.addEventListener('hashchange', readAddress);
window.addEventListener('resize', () => { arrange(); draw(); });
room.addEventListener('scroll', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readTheme(); draw(); });

element('app').hidden = false;
element('resources').checked = data.resources === 1;
element('resources-label').hidden = !lanes.some((lane) => lane.kind === 'resource');
element('counters-label').hidden = counters.length === 0;
if (data.lost > 0) {
  element('lost').textContent =
      plural(data.lost, 'event') + ' before these ' + (data.lost === 1 ? 'was' : 'were') + ' lost';
}
if (data.clockError !== undefined) {
  element('clocks').textContent = 'clocks agree to within ' + duration(data.clockError);
}
readTheme();
readAddress();
})();
