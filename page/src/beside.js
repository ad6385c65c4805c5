// Beside the lanes: what they are, and what each CPU's time went to.
import {flatRows} from './flat_lanes.js';
import {edges, LEFT, RIGHT} from './layout.js';
import {FONT, SMALL} from './text.js';

/// Left of the lanes: socket, core, CPU.
export function drawGutter(s, row) {
  const {run} = row, c = s.context, {machine} = run;
  c.fillStyle = s.palette.label;
  c.textAlign = 'right';
  c.font = FONT;
  c.fillText('control CPU', LEFT - 8, row.control + row.controlHeight / 2);
  if (run.bystanders) c.fillText('bystanders', LEFT - 8, row.bystanders + row.controlHeight / 2);
  if (row.operations !== row.control)
    c.fillText('operations', LEFT - 8, row.operations + row.operationsHeight / 2);
  groups(row.order, cpu => machine.socket[cpu], (socket, from, to) => {
    const y0 = row.lanes + from * row.lane, y1 = row.lanes + to * row.lane;
    c.fillStyle = socket % 2 ? s.palette.line : s.palette.band;
    c.fillRect(4, y0, 13, y1 - y0 - 1);
    sideways(s, `socket ${socket}`, 11, Math.max(y0, s.top), Math.min(y1, s.top + s.height));
  });
  c.font = SMALL;
  if (row.lane >= 5)
    groups(row.order, cpu => machine.socket[cpu] * 1e5 + machine.core[cpu], (core, from, to) => {
      const y0 = row.lanes + from * row.lane, y1 = row.lanes + to * row.lane - 1;
      if (y1 < s.top || y0 > s.top + s.height) return;
      c.fillStyle = s.palette.line;
      if (to - from > 1) c.fillRect(62, y0 + 1, 2, y1 - y0 - 2);
      c.fillStyle = s.palette.soft;
      c.textAlign = 'right';
      if ((to - from) * row.lane >= 13) c.fillText(`core ${core % 1e5}`, 59, (y0 + y1) / 2);
    });
  c.font = FONT;
  const every =
      [1, 2, 4, 8, 16, 32, 64, 128, 256].find(n => n * row.lane >= (n === 1 ? 10 : 13)) ?? 512;
  if (every === 1 && row.lane < 12) c.font = SMALL;
  c.textAlign = 'right';
  for (let at = 0; at < row.order.length; at += every) {
    const y = row.lanes + (at + 0.5) * row.lane;
    if (y < s.top - 10 || y > s.top + s.height + 10) continue;
    const cpu = row.order[at];
    c.fillStyle = cpu === machine.boot_cpu ? s.palette.ink : s.palette.label;
    c.fillText(
        `CPU ${cpu}`, LEFT - 8,
        every > 1 ? y + (every - 1) * 0.5 * Math.min(row.lane, 12 / every) : y);
  }
}

function groups(order, key, callback) {
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && key(order[to]) === key(order[from])) ++to;
    callback(key(order[from]), from, to);
    from = to;
  }
}

function sideways(s, text, x, y0, y1) {
  const c = s.context;
  const shown = y1 - y0 > c.measureText(text).width + 6 ? text : text.replace('socket ', '');
  if (y1 - y0 < (shown === text ? 20 : 13)) return;
  c.save();
  c.translate(x, (y0 + y1) / 2);
  if (shown === text) c.rotate(-Math.PI / 2);
  c.textAlign = 'center';
  c.fillStyle = s.palette.label;
  c.fillText(shown, 0, 0);
  c.restore();
}

/// Right of the lanes: what each CPU's time of the whole run went to.
export function drawLedgers(s, row) {
  const {run} = row, x = s.right + 12, width = RIGHT - 20, seen = y => y < s.top + s.height;
  bar(s, run.json.control_cpu, x, row.control + 1, width, row.controlHeight - 2);
  const ledger = at => run.json.ledgers[row.order[at]];
  if (row.lane * s.pixel < 1)
    return flatRows(s, row, 0, row.order.length, (first, end, y) => {
      if (y >= s.top - 1 && seen(y)) bar(s, meanOf(first, end, ledger), x, y, width, 1 / s.pixel);
    });
  for (let at = 0; at < row.order.length; ++at) {
    const [y, h] = edges(s, row, row.order[at]);
    if (y + h >= s.top && seen(y)) bar(s, ledger(at), x, y, width, h);
  }
}

function meanOf(first, end, ledger) {
  const mean = [0, 0, 0, 0, 0];
  for (let at = first; at < end; ++at)
    ledger(at).forEach((ns, i) => {
      mean[i] += ns / (end - first);
    });
  return mean;
}

function bar(s, parts, x, y, width, h) {
  const c = s.context, whole = parts.reduce((a, b) => a + b, 0);
  if (whole === 0) return;
  let at = x;
  parts.forEach((part, what) => {
    const w = width * part / whole;
    c.fillStyle = what === 1 && h >= 4 ? s.palette.spin : s.palette.time[what];
    c.fillRect(at, y, w, h);
    at += w;
  });
}

export function timeFill(s, what) { return what === 1 ? s.palette.spin : s.palette.time[what]; }
