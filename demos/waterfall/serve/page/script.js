'use strict';
(() => {
const element = (id) => document.getElementById(id);
const plot = element('plot');
const paint = plot.getContext('2d', {alpha: false});

// ---- what arrives: see "What the page is sent" in ../../README.md ----

const HEADER_BYTES = 32;
const HISTORY_BYTES = 64 << 20;
const MISSING = 0;  // instead of a level: no such row has come

let stream = null;  // what the server has said about it
let history = null;
let status = {};
let skipped = 0;

// The last rows, by their place in time: what was lost, and what this page was too slow for, is missing.
function makeHistory(channels) {
  const rows = Math.max(256, Math.min(1 << 17, Math.floor(HISTORY_BYTES / channels)));
  return {channels, rows, levels: new Uint8Array(rows * channels), begin: null, end: null};
}

// Where the levels of the row begin, or -1.
function placeOf(row) {
  return row < history.begin || row >= history.end ? -1 : row % history.rows * history.channels;
}

function append(row, levels) {
  if (history.end === null || row < history.end || row - history.end > history.rows) {
    history.begin = history.end = row;
  }
  for (; history.end < row; ++history.end) {
    const at = history.end % history.rows * history.channels;
    history.levels.fill(MISSING, at, at + history.channels);
  }
  history.levels.set(levels, row % history.rows * history.channels);
  history.end = row + 1;
  history.begin = Math.max(history.begin, history.end - history.rows);
}

const decibels = (level) => stream.db_floor + stream.db_step * level;
const secondsOf = (rows) => rows * stream.row_samples / stream.sample_rate;

function begin(hello) {
  const again = stream && stream.session === hello.session;
  stream = hello;
  if (again) return;
  history = makeHistory(hello.channels);
  spectrum.mean = new Float64Array(hello.channels);
  spectrum.peak = new Uint8Array(hello.channels);
  spectrum.power = Float64Array.from({length: 256}, (_, level) => 10 ** (decibels(level) / 10));
  spectrum.share = 1 - Math.exp(-secondsOf(1) / SPECTRUM_SECONDS);
  spectrum.rows = 0;
  raster.palette = null;
  view.top = view.spectrum = null;
  element('pause').setAttribute('aria-pressed', false);
  view.perLine = 1;
  while (secondsOf(view.perLine) < 0.004 && view.perLine < 1 << 16) view.perLine *= 2;
  showWholeBand();
  if (hello.db_min !== undefined) scale.dark = hello.db_min;
  if (hello.db_max !== undefined) scale.bright = hello.db_max;
  scale.chosen = hello.db_min !== undefined || hello.db_max !== undefined;
  setScale(scale.dark, scale.bright);
  element('source').textContent = hello.source;
  const half = hello.sample_rate / 2;
  const {unit, size, digits} = unitFor(FREQUENCY, hello.centre - half, hello.centre + half, half);
  element('band').textContent =
      `${(hello.centre / size).toFixed(digits + 1)} ± ${+(half / size).toPrecision(6)} ${unit}, ` +
      `${hello.channels} channels, a row is ${+(secondsOf(1) * 1e3).toPrecision(3)} ms`;
  document.title = `waterfall: ${hello.source}`;
}

function takeRows(buffer) {
  const header = new DataView(buffer);
  const count = header.getUint32(0, true), channels = header.getUint32(4, true);
  if (!stream || channels !== stream.channels || buffer.byteLength !== HEADER_BYTES + count * channels) {
    throw new Error('rows that do not fit');
  }
  const lost = Number(header.getBigUint64(16, true));
  const first = Number(header.getBigUint64(8, true)) + Math.round(lost / stream.row_samples);
  skipped = Number(header.getBigUint64(24, true));
  for (let i = 0; i < count; ++i) {
    const levels = new Uint8Array(buffer, HEADER_BYTES + i * channels, channels);
    append(first + i, levels);
    addToSpectrum(levels);
  }
  if (!scale.chosen && secondsOf(spectrum.rows) > 0.5) chooseScale();
  changed();
}

// ---- spectrum ----

const SPECTRUM_SECONDS = 0.2;  // what the line of the mean remembers
const spectrum = {mean: null, peak: null, power: null, share: 1, rows: 0};

// In dBFS, as it is to be seen.
const meanOf = (channel) => 10 * Math.log10((view.spectrum || spectrum).mean[channel]);
const peakOf = (channel) => decibels((view.spectrum || spectrum).peak[channel]);

function addToSpectrum(levels) {
  const {mean, peak, power} = spectrum;
  const share = spectrum.rows++ === 0 ? 1 : Math.max(spectrum.share, 1 / spectrum.rows);
  for (let c = 0; c < levels.length; ++c) {
    const level = levels[c];
    mean[c] += (power[level] - mean[c]) * share;
    if (level > peak[c]) peak[c] = level;
  }
}

// ---- what is shown ----

const view = {
  from: 0, to: 1,   // of the channels; fractions are halves of cells at the edges
  top: null,        // the line at the top while it is paused
  now: 0,           // the row that times count from then
  spectrum: null,   // what it was then
  perLine: 1,       // rows that share a line
  peak: false,
};
const scale = {dark: -90, bright: -20, chosen: false};
const pointer = {x: -1, y: -1};

function newestLine() {
  return history.end === null ? 0 : Math.floor(history.end / view.perLine) - 1;
}
const topLine = () => view.top === null ? newestLine() : view.top;
const timeOf = (line) =>  // seconds before now, or before it was paused
    secondsOf((view.top === null ? newestLine() * view.perLine : view.now) - line * view.perLine);

function showWholeBand() {
  view.from = 0;
  view.to = stream.channels;
}

function zoom(factor, at) {  // at: the channel that stays where it is
  const width = Math.min(stream.channels, Math.max(4, (view.to - view.from) * factor));
  const share = (at - view.from) / (view.to - view.from);
  moveTo(at - share * width, width);
}

function moveTo(from, width = view.to - view.from) {
  view.from = Math.min(Math.max(0, from), stream.channels - width);
  view.to = view.from + width;
  changed();
}

function pause(paused) {
  view.top = paused ? newestLine() : null;
  view.now = newestLine() * view.perLine;
  view.spectrum = paused ? {mean: spectrum.mean.slice(), peak: spectrum.peak.slice()} : null;
  element('pause').setAttribute('aria-pressed', paused);
  showState();
  changed();
}

function moveInTime(lines) {
  if (view.top === null) pause(true);
  const oldest = Math.ceil(history.begin / view.perLine);
  view.top = Math.max(Math.min(view.top + lines, newestLine()), Math.min(oldest, newestLine()));
  changed();
}

function setPerLine(perLine) {
  if (perLine < 1 || perLine * 16 > history.rows) return;
  if (view.top !== null) view.top = Math.floor((view.top + 1) * view.perLine / perLine) - 1;
  view.perLine = perLine;
  changed();
}

function setScale(dark, bright) {
  if (!(bright > dark)) return;
  scale.dark = dark;
  scale.bright = bright;
  element('dark').value = dark;
  element('bright').value = bright;
  raster.palette = null;
  changed();
}

// From a little below the noise to the brightest thing that is to be seen.
function chooseScale() {
  const counts = new Uint32Array(256);
  let all = 0;
  const last = Math.max(history.begin, (topLine() + 1) * view.perLine - 4096);
  for (let row = (topLine() + 1) * view.perLine - 1; row >= last; --row) {
    const at = placeOf(row);
    if (at < 0 || history.levels[at] === MISSING) continue;
    for (let c = Math.floor(view.from); c < Math.ceil(view.to); ++c) ++counts[history.levels[at + c]];
    all += Math.ceil(view.to) - Math.floor(view.from);
  }
  if (all === 0) return;
  const levelAt = (share) => {
    let level = 0;
    for (let sum = counts[0]; sum < share * all && level < 255;) sum += counts[++level];
    return level;
  };
  scale.chosen = true;
  const dark = Math.floor(decibels(levelAt(0.3)) - 2);
  setScale(dark, Math.max(dark + 15, Math.ceil(decibels(levelAt(1)) + 2)));
}

// ---- axes ----

const FREQUENCY = [[1e9, 'GHz', 1e10], [1e6, 'MHz', 1e6], [1e3, 'kHz', 1e3], [1, 'Hz', 0]];
const TIME = [[1, 's', 1], [1e-3, 'ms', 1e-3], [1e-6, 'µs', 0]];

function unitFor(units, from, to, step) {
  const largest = Math.max(Math.abs(from), Math.abs(to));
  const [size, unit] = units.find(([, , least]) => !(largest < least));
  return {unit, size, digits: Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9)))};
}

// Values at round numbers, about `wanted` of them.
function ticks(units, from, to, wanted) {
  const rough = (to - from) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const {unit, size, digits} = unitFor(units, from, to, step);
  const values = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; ++i) {
    values.push({value: i * step, label: (i * step / size + 0).toFixed(digits)});
  }
  return {unit, size, values};
}

const frequencyOf = (channel) =>  // of a place in channels: the middle of cell c is at c + 1/2
    stream.centre + (channel - 0.5 - stream.channels / 2) * stream.sample_rate / stream.channels;

// ---- the waterfall as pixels, of which new lines only are made ----

const raster = {
  canvas: document.createElement('canvas'), context: null, image: null,
  width: 0, lines: 0, top: 0, perLine: 0, from: 0, to: 0, palette: null, history: null,
};
raster.context = raster.canvas.getContext('2d', {alpha: false});

function makePalette() {
  const colours = stream.colours, palette = new Uint32Array(256);
  for (let level = 1; level < 256; ++level) {
    const share = (decibels(level) - scale.dark) / (scale.bright - scale.dark);
    const at = Math.min(colours.length - 1, Math.max(0, Math.round(share * (colours.length - 1))));
    const c = colours[at];
    palette[level] = 0xff000000 | (c & 0xff) << 16 | (c & 0xff00) | c >> 16;
  }
  palette[MISSING] = 0xff302a26;
  return palette;
}

function updateRaster(width, lines) {
  const top = topLine();
  let made = lines;  // at the top
  if (raster.palette && raster.history === history && raster.width === width && raster.lines === lines &&
      raster.perLine === view.perLine && raster.from === view.from && raster.to === view.to &&
      top >= raster.top) {
    made = Math.min(lines, top - raster.top);
  } else {
    if (raster.width !== width || raster.lines !== lines) {
      raster.canvas.width = width;
      raster.canvas.height = lines;
    }
    raster.palette = raster.palette || makePalette();
    Object.assign(raster, {history, width, lines, perLine: view.perLine, from: view.from, to: view.to});
    raster.first = Uint32Array.from({length: width}, (_, x) => channelAt(x / width));
    raster.last = Uint32Array.from({length: width}, (_, x) =>
        Math.max(raster.first[x] + 1, Math.min(history.channels, Math.floor(channelsAt((x + 1) / width)))));
    raster.line = new Uint8Array(history.channels);
    raster.image = new ImageData(width, 1);
    raster.pixels = new Uint32Array(raster.image.data.buffer);
  }
  raster.top = top;
  for (let line = top; line > top - made; --line) {
    makeLine(line);
    raster.context.putImageData(raster.image, 0, rasterY(line));
  }
}

const channelsAt = (share) => view.from + share * (view.to - view.from);
const channelAt = (share) =>
    Math.min(stream.channels - 1, Math.max(0, Math.floor(channelsAt(share))));
const rasterY = (line) => (raster.lines - 1 - line % raster.lines) % raster.lines;

// The highest level of the rows of a line, channel by channel.
function joinRows(line, from, to, into) {
  into.fill(MISSING, from, to);
  const levels = history.levels;
  for (let row = Math.max(0, line * view.perLine); row < (line + 1) * view.perLine; ++row) {
    const at = placeOf(row);
    if (at < 0) continue;
    for (let c = from; c < to; ++c) {
      const level = levels[at + c];
      if (level > into[c]) into[c] = level;
    }
  }
}

function makeLine(line) {
  const {first, last, pixels, palette, width} = raster;
  joinRows(line, first[0], last[width - 1], raster.line);
  for (let x = 0; x < width; ++x) {
    let level = raster.line[first[x]];
    for (let c = first[x] + 1; c < last[x]; ++c) level = Math.max(level, raster.line[c]);
    pixels[x] = palette[level];
  }
}

// ---- drawing ----

const area = {left: 0, width: 0, spectrum: {top: 0, height: 0}, water: {top: 0, height: 0}};
const TEXT = '#c9d0dc', DIM = '#343b48', FONT = '"DejaVu Sans", system-ui, sans-serif';
let drawing = false;

function changed() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

function layOut() {
  const box = plot.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(box.width * ratio)), height = Math.max(1, Math.round(box.height * ratio));
  if (plot.width !== width || plot.height !== height) {
    plot.width = width;
    plot.height = height;
  }
  paint.setTransform(ratio, 0, 0, ratio, 0, 0);
  const narrow = box.width < 560;
  area.narrow = narrow;
  area.ratio = ratio;
  area.left = narrow ? 44 : 62;
  area.right = box.width - (narrow ? 40 : 74);
  area.width = Math.max(16, area.right - area.left);
  const plots = Math.max(32, box.height - 10 - 12 - 40);
  area.spectrum = {top: 10, height: Math.round(plots * 0.3)};
  area.water = {top: 10 + area.spectrum.height + 12, height: plots - Math.round(plots * 0.3)};
  area.bottom = area.water.top + area.water.height;
  return box;
}

function text(x, y, words, align = 'center', baseline = 'middle') {
  paint.textAlign = align;
  paint.textBaseline = baseline;
  paint.fillText(words, x, y);
}

function textUpwards(x, y, words) {
  paint.save();
  paint.translate(x, y);
  paint.rotate(-Math.PI / 2);
  text(0, 0, words);
  paint.restore();
}

const xOf = (channel) => area.left + (channel - view.from) / (view.to - view.from) * area.width;
const yOf = (db) => area.spectrum.top + area.spectrum.height *
    (1 - Math.min(1, Math.max(0, (db - scale.dark) / (scale.bright - scale.dark))));

function draw() {
  const box = layOut();
  paint.fillStyle = '#12151b';
  paint.fillRect(0, 0, box.width, box.height);
  paint.font = `${area.narrow ? 11 : 12}px ${FONT}`;
  if (!stream || history.end === null) {
    paint.fillStyle = TEXT;
    text(box.width / 2, box.height / 2, stream ? 'no samples so far' : 'waiting for the server');
    return;
  }
  drawSpectrum();
  drawWaterfall();
  drawFrequencies();
  drawTimes();
  drawColours();
  drawPointer();
}

function drawSpectrum() {
  const {top, height} = area.spectrum;
  paint.fillStyle = '#0b0d11';
  paint.fillRect(area.left, top, area.width, height);
  const axis = ticks([[1, 'dBFS', 0]], scale.dark, scale.bright, height / 34);
  for (const {value, label} of axis.values) {
    paint.fillStyle = DIM;
    paint.fillRect(area.left, yOf(value), area.width, 1);
    paint.fillStyle = TEXT;
    text(area.left - 5, yOf(value), label, 'right');
  }
  if (!area.narrow) textUpwards(11, top + height / 2, 'dBFS');
  if (view.peak) drawTrace(peakOf, '#ffb454');
  drawTrace(meanOf, '#5ec962', true);
}

// The highest value of the channels that share a column, channel by channel where there is room.
function drawTrace(valueOf, colour, filled = false) {
  const {top, height} = area.spectrum;
  const columns = Math.round(area.width);
  paint.beginPath();
  let last = -1, y = top + height;
  for (let x = 0; x < columns; ++x) {
    const first = channelAt(x / columns), end = Math.max(first + 1, channelAt((x + 1) / columns));
    if (first === last) continue;
    last = first;
    let value = -Infinity;
    for (let c = first; c < end; ++c) value = Math.max(value, valueOf(c));
    const place = columns > view.to - view.from ? xOf(first + 0.5) : area.left + x;
    y = yOf(value);
    if (x === 0) paint.moveTo(area.left, y);
    paint.lineTo(Math.min(area.right, Math.max(area.left, place)), y);
  }
  paint.lineTo(area.right, y);
  paint.strokeStyle = colour;
  paint.lineWidth = 1.2;
  paint.stroke();
  if (!filled) return;
  paint.lineTo(area.right, top + height);
  paint.lineTo(area.left, top + height);
  paint.fillStyle = colour + '30';
  paint.fill();
}

function drawWaterfall() {
  const {top, height} = area.water;
  const width = Math.max(1, Math.round(area.width * area.ratio)), lines = Math.max(1, Math.floor(height));
  updateRaster(width, lines);
  const start = rasterY(raster.top), upper = lines - start;
  paint.imageSmoothingEnabled = false;
  paint.drawImage(raster.canvas, 0, start, width, upper, area.left, top, area.width, upper);
  if (start > 0) {
    paint.drawImage(raster.canvas, 0, 0, width, start, area.left, top + upper, area.width, start);
  }
}

function drawFrequencies() {
  const from = frequencyOf(view.from), to = frequencyOf(view.to);
  const axis = ticks(FREQUENCY, from, to, area.width / (area.narrow ? 85 : 110));
  for (const {value, label} of axis.values) {
    const x = area.left + (value - from) / (to - from) * area.width;
    paint.fillStyle = DIM;
    paint.fillRect(x, area.spectrum.top, 1, area.spectrum.height);
    paint.fillStyle = TEXT;
    paint.fillRect(x, area.bottom, 1, 4);
    const half = paint.measureText(label).width / 2;
    text(Math.max(half, Math.min(x, plot.clientWidth - half)), area.bottom + 13, label);
  }
  text(area.left + area.width / 2, area.bottom + 30, `frequency in ${axis.unit}`);
}

function drawTimes() {
  const {top, height} = area.water;
  const lineTime = secondsOf(view.perLine);
  const newest = timeOf(topLine());
  const axis = ticks(TIME, newest, newest + height * lineTime, height / 44);
  paint.fillStyle = TEXT;
  for (const {value, label} of axis.values) {
    const y = top + (value - newest) / lineTime;
    paint.fillRect(area.left - 4, y, 4, 1);
    text(area.left - 6, Math.max(y, top + 5), value > 0 ? `−${label}` : label, 'right');
  }
  if (area.narrow) {
    text(area.left - 6, top - 8, axis.unit, 'right');
  } else {
    textUpwards(11, top + height / 2, `time in ${axis.unit}`);
  }
}

function drawColours() {
  const x = area.right + (area.narrow ? 6 : 14), width = area.narrow ? 8 : 14;
  const {top, height} = area.water;
  const colours = stream.colours;
  for (let y = 0; y < height; ++y) {
    const colour = colours[Math.round((1 - y / height) * (colours.length - 1))];
    paint.fillStyle = '#' + colour.toString(16).padStart(6, '0');
    paint.fillRect(x, top + y, width, 1.5);
  }
  paint.fillStyle = TEXT;
  for (const {value, label} of ticks([[1, 'dBFS', 0]], scale.dark, scale.bright, height / 40).values) {
    const y = top + height * (1 - (value - scale.dark) / (scale.bright - scale.dark));
    paint.fillRect(x + width, y, 3, 1);
    text(x + width + 5, Math.max(top + 5, Math.min(y, top + height - 5)), label, 'left');
  }
  if (!area.narrow) textUpwards(plot.clientWidth - 8, top + height / 2, 'dBFS a channel');
}

function drawPointer() {
  const words = readout();
  element('readout').textContent = words || ' ';
  if (!words) return;
  paint.fillStyle = '#ffffff70';
  paint.fillRect(pointer.x, area.spectrum.top, 1, area.bottom - area.spectrum.top);
  if (pointer.y >= area.water.top) paint.fillRect(area.left, pointer.y, area.width, 1);
}

// What is under the pointer, in words.
function readout() {
  const {x, y} = pointer;
  if (x < area.left || x > area.right || y < area.spectrum.top || y >= area.bottom) return '';
  const share = (x - area.left) / area.width, channel = channelAt(share);
  const spacing = stream.sample_rate / stream.channels;
  const at = frequencyOf(channel + 0.5);
  const {unit, size, digits} = unitFor(FREQUENCY, at, at, spacing / 10);
  const words = [`${(at / size).toFixed(digits)} ${unit}`];
  if (y < area.water.top) {
    words.push(`${meanOf(channel).toFixed(1)} dBFS`);
    if (view.peak) words.push(`peak ${peakOf(channel).toFixed(1)} dBFS`);
    return words.join(', ');
  }
  const line = topLine() - Math.floor(y - area.water.top);
  const seconds = timeOf(line);
  words.push(`${seconds > 0 ? '−' : ''}${seconds.toFixed(3)} s`);
  const column = Math.min(raster.width - 1, Math.floor(share * raster.width));
  joinRows(line, raster.first[column], raster.last[column], raster.line);
  const level = raster.line.slice(raster.first[column], raster.last[column]).reduce((a, b) => Math.max(a, b), 0);
  words.push(level === MISSING ? 'nothing came' : `${decibels(level).toFixed(1)} dBFS`);
  return words.join(', ');
}

// ---- words beside it ----

function entries(list, rows) {
  while (list.children.length > rows.length) list.lastChild.remove();
  rows.forEach(([name, value, kind], i) => {
    if (!list.children[i]) {
      const entry = document.createElement('div');
      entry.append(document.createElement('dt'), document.createElement('dd'));
      list.append(entry);
    }
    const [term, data] = list.children[i].children;
    term.textContent = name;
    data.className = kind || '';
    data.replaceChildren(...(Array.isArray(value) ? value : [value]));
  });
}

function makeMeter(name, share) {
  const meter = document.createElement('meter');
  meter.value = share;
  meter.high = 0.85;
  meter.setAttribute('aria-label', name);
  return [meter, ` ${Math.round(share * 100)} %`];
}

function showStatus() {
  const counts = [
    ['samples', `${((status.samples || 0) / 1e6).toFixed(1)} M at ${((status.rate || 0) / 1e6).toFixed(3)} MS/s`],
    ['lost samples', `${status.lost || 0}`, status.lost ? 'lost' : ''],
    ['rows skipped here', `${skipped}`, skipped ? 'lost' : ''],
    ['browsers', `${status.browsers || 0}`],
  ];
  if (status.disconnects) counts.push(['connections lost', `${status.disconnects}`, 'lost']);
  entries(element('counts'), counts);
  const lanes = [['input buffer', status.fill || 0], ...Object.entries(status.lanes || {})];
  entries(element('lanes'), lanes.map(([name, share]) => [name, makeMeter(name, share)]));
}

let connected = false;

function showState() {
  const trouble = connected ? status.input : 'no connection to the server, trying again';
  const words = trouble || (view.top === null ? 'live' : 'paused');
  document.body.dataset.state = trouble ? 'connecting' : words;
  element('state').textContent = words;
}

// ---- the connection ----

const RETRY_FIRST = 250, RETRY_MOST = 4000;  // ms
let retry = RETRY_FIRST;

function connect() {
  const address = new URL('rows', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({data}) => {
    if (typeof data === 'string') {
      const message = JSON.parse(data);
      if (message.type === 'stream') {
        connected = true;
        retry = RETRY_FIRST;
        begin(message);
      } else if (message.type === 'status') {
        status = message;
      }
      showState();
      showStatus();
      changed();
    } else {
      takeRows(data);
    }
    socket.send('more');  // the server sends no more than this page can take
  };
  socket.onclose = () => {
    connected = false;
    showState();
    setTimeout(connect, retry);
    retry = Math.min(RETRY_MOST, 2 * retry);
  };
}

// ---- pointer, touch, keyboard ----

const touches = new Map();
const channelUnder = (x) => channelsAt((x - area.left) / area.width);
const placeIn = (event) => {
  const box = plot.getBoundingClientRect();
  return {x: event.clientX - box.left, y: event.clientY - box.top};
};
let draggedLines = 0;

plot.addEventListener('pointerdown', (event) => {
  plot.setPointerCapture(event.pointerId);
  touches.set(event.pointerId, placeIn(event));
  Object.assign(pointer, placeIn(event));
  draggedLines = 0;
  changed();
});
plot.addEventListener('pointermove', (event) => {
  const to = placeIn(event), from = touches.get(event.pointerId);
  if (from && stream && history.end !== null) {
    if (touches.size === 2) {
      const other = [...touches].find(([id]) => id !== event.pointerId)[1];
      const before = Math.abs(from.x - other.x), now = Math.abs(to.x - other.x);
      if (before > 8 && now > 8) zoom(before / now, channelUnder(other.x));
    } else {
      moveTo(view.from - (to.x - from.x) * (view.to - view.from) / area.width);
      draggedLines += to.y - from.y;
      if (from.y >= area.water.top && (view.top !== null || Math.abs(draggedLines) > 12)) {
        moveInTime(Math.trunc(draggedLines));
        draggedLines -= Math.trunc(draggedLines);
      }
    }
    touches.set(event.pointerId, to);
  }
  Object.assign(pointer, to);
  changed();
});
for (const end of ['pointerup', 'pointercancel']) {
  plot.addEventListener(end, (event) => touches.delete(event.pointerId));
}
plot.addEventListener('pointerleave', (event) => {
  if (event.pointerType !== 'mouse') return;
  pointer.x = -1;
  changed();
});
plot.addEventListener('wheel', (event) => {
  if (!stream) return;
  event.preventDefault();
  if (event.shiftKey) {
    setPerLine((event.deltaY || event.deltaX) > 0 ? view.perLine * 2 : view.perLine / 2);
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    moveTo(view.from + event.deltaX * (view.to - view.from) / area.width);
  } else {
    zoom(event.deltaY > 0 ? 1.25 : 0.8, channelUnder(placeIn(event).x));
  }
}, {passive: false});

const middle = () => pointer.x > 0 ? channelUnder(pointer.x) : (view.from + view.to) / 2;
const step = () => (view.to - view.from) / 8;
const screen = () => Math.max(1, Math.floor(raster.lines / 4));

function movePointer(x, y) {
  if (pointer.x < 0) Object.assign(pointer, {x: area.left + area.width / 2, y: area.water.top + 10});
  pointer.x = Math.min(area.right, Math.max(area.left, pointer.x + x));
  pointer.y = Math.min(area.bottom - 1, Math.max(area.spectrum.top, pointer.y + y));
  changed();
}

function toggle(button, on) {
  button.setAttribute('aria-pressed', on);
  changed();
}

function adjust(dark, bright) {
  scale.chosen = true;
  setScale(scale.dark + dark, scale.bright + bright);
}

const actions = {
  pause: () => pause(view.top === null),
  peak: () => toggle(element('peak'), view.peak = !view.peak),
  reset: () => {
    spectrum.peak.fill(0);
    if (view.spectrum) view.spectrum.peak.fill(0);
    changed();
  },
  'zoom-in': () => zoom(0.5, middle()),
  'zoom-out': () => zoom(2, middle()),
  whole: () => { showWholeBand(); pause(false); },
  faster: () => setPerLine(view.perLine / 2),
  slower: () => setPerLine(view.perLine * 2),
  auto: () => chooseScale(),
  help: () => {
    const keys = element('keys');
    keys.hidden = !keys.hidden;
    element('help').setAttribute('aria-expanded', !keys.hidden);
    changed();
  },
};
for (const [name, action] of Object.entries(actions)) {
  element(name).addEventListener('click', () => { if (stream || name === 'help') action(); });
}
for (const name of ['dark', 'bright']) {
  element(name).addEventListener('change', () => {
    scale.chosen = true;
    setScale(+element('dark').value, +element('bright').value);
    element('dark').value = scale.dark;
    element('bright').value = scale.bright;
  });
}

const keys = {
  ' ': actions.pause, 'p': actions.peak, 'r': actions.reset, '+': actions['zoom-in'], '=': actions['zoom-in'],
  '-': actions['zoom-out'], '0': actions.whole, '[': actions.faster, ']': actions.slower, 'a': actions.auto,
  '?': actions.help,
  'ArrowLeft': () => moveTo(view.from - step()), 'ArrowRight': () => moveTo(view.from + step()),
  'ArrowUp': () => moveInTime(screen()), 'ArrowDown': () => moveInTime(-screen()),
  '1': () => adjust(-3, 0), '2': () => adjust(3, 0), '3': () => adjust(0, -3), '4': () => adjust(0, 3),
};
const withShift = {
  'ArrowLeft': () => movePointer(-4, 0), 'ArrowRight': () => movePointer(4, 0),
  'ArrowUp': () => movePointer(0, -4), 'ArrowDown': () => movePointer(0, 4),
};
document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLInputElement;
  const pressing = event.target instanceof HTMLButtonElement && event.key === ' ';
  if (typing || pressing || event.ctrlKey || event.altKey || event.metaKey || !stream) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = (event.shiftKey && withShift[key]) || keys[key];
  if (!action) return;
  event.preventDefault();
  action();
});

new ResizeObserver(changed).observe(plot);
showState();
showStatus();
changed();
connect();
})();
