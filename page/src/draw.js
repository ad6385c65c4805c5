// Draws what of the layout is seen: headings, operations, the time of control CPU and bystanders,
// and failures here, the rest by its neighbours.
import {drawGutter, drawLedgers, timeFill} from './beside.js';
import {drawLanes} from './lanes.js';
import {edges, hasLane, LEFT, RIGHT} from './layout.js';
import {drawChains, drawHandshakes} from './lines.js';
import {lowerBound, TIMES} from './run.js';
import {FONT, label} from './text.js';
import {grouped, readable} from './units.js';

const IDLE = TIMES.indexOf('idle');

/// {context, palette, layout, x: scale, width, height, top: scrolled, pixel: device's, matches}
export function draw(s) {
  const c = s.context;
  c.setTransform(s.pixel, 0, 0, s.pixel, 0, 0);
  c.fillStyle = s.palette.ground;
  c.fillRect(0, 0, s.width, s.height);
  c.translate(0, -s.top);
  c.textBaseline = 'middle';
  c.font = FONT;
  s.left = LEFT;
  s.right = s.width - RIGHT;
  const seen = s.layout.rows.filter(r => r.bottom > s.top && r.top < s.top + s.height);
  c.save();
  c.beginPath();
  c.rect(s.left, s.top, s.right - s.left, s.height);
  c.clip();
  for (const row of seen) drawGrid(s, row);
  for (const row of seen) {
    drawOperations(s, row);
    drawTimes(s, row.run.control, row.control, row.controlHeight);
    if (row.run.bystanders) drawTimes(s, row.run.bystanders, row.bystanders, row.controlHeight);
    drawLanes(s, row);
    if (s.view.handshakes) drawHandshakes(s, row);
    if (s.view.chain) drawChains(s, row);
    drawFaults(s, row);
  }
  c.restore();
  for (const row of seen) {
    drawHead(s, row);
    drawGutter(s, row);
    drawLedgers(s, row);
  }
}

function drawGrid(s, row) {
  const c = s.context;
  c.strokeStyle = s.palette.line;
  c.lineWidth = 1;
  c.beginPath();
  for (const tick of s.ticks) {
    const x = Math.round(s.x(tick)) + 0.5;
    c.moveTo(x, row.operations);
    c.lineTo(x, row.bottom);
  }
  c.stroke();
}

function drawHead(s, row) {
  const c = s.context, {run} = row;
  c.textAlign = 'left';
  c.font = `600 14px system-ui, "DejaVu Sans", sans-serif`;
  c.fillStyle = s.palette.ink;
  c.fillText(run.label, 8, row.head + 12);
  let x = Math.max(LEFT, 8 + c.measureText(run.label).width + 14);
  c.font = FONT;
  for (const [text, ink] of headFacts(row, s.palette)) {
    c.fillStyle = ink;
    c.fillText(text, x, row.head + 12.5);
    x += c.measureText(text).width + 16;
  }
}

function headFacts({run, order}, palette) {
  const j = run.json, facts = [];
  if (order.length < run.nr)
    facts.push([`${order.length} of ${grouped(run.nr)} CPUs: the busy ones`, palette.accent]);
  if (j.one_reading) facts.push(['one reading of the traces', palette.accent]);
  if (j.bringup_ns > 0) facts.push([`bring-up ${readable(j.bringup_ns)}`, palette.ink]);
  if (j.boot_ns > 0 && j.boot_ns !== j.bringup_ns)
    facts.push([`boot ${readable(j.boot_ns)}`, palette.ink]);
  if (j.bringup_ns === 0) facts.push([`run ${readable(run.end)}`, palette.ink]);
  if (j.outcome !== 'ok') facts.push([j.outcome, palette.fault]);
  for (const fault of j.faults.slice(0, 2)) facts.push([`fault: ${fault}`, palette.fault]);
  if (j.faults.length > 2) facts.push([`and ${j.faults.length - 2} more`, palette.fault]);
  return facts;
}

function drawOperations(s, row) {
  const c = s.context, h = row.operationsHeight;
  c.font = FONT;
  c.textAlign = 'left';
  for (const op of row.run.json.operations) {
    const x0 = Math.max(s.left - 4, s.x(op.begin_ns));
    const x1 = Math.min(s.right + 4, s.x(op.end_ns ?? row.run.end));
    if (x1 < s.left || x0 > s.right) continue;
    const bad = op.ret === undefined || op.ret < 0;
    c.fillStyle = s.palette.band;
    c.fillRect(x0, row.operations, Math.max(1, x1 - x0 - 1), h);
    c.fillStyle = bad ? s.palette.fault : s.palette.accent;
    c.fillRect(x0, row.operations, Math.max(1, x1 - x0 - 1), 2);
    const result = op.ret === undefined ? 'never returned' : op.ret < 0 ? op.returned : '';
    label(
        s, `${op.text}${result ? ` → ${result}` : ''}`, x0, x1, row.operations + h / 2 + 1,
        bad ? s.palette.fault : s.palette.ink);
  }
}

/// How a CPU spends its time. Columns of pixels in which it does several things show each one's
/// share, from the bottom up.
function drawTimes(s, {until, what}, top, height) {
  const kinds = TIMES.length, p = s.pixel;
  const columns = Math.ceil((s.right - s.left) * p), shares = new Float32Array(columns * kinds);
  let i = lowerBound(until, s.x.invert(s.left), 0, until.length);
  for (let begin = i === 0 ? 0 : until[i - 1]; i < until.length; begin = until[i++]) {
    const a = Math.max(0, (s.x(begin) - s.left) * p),
          b = Math.min(columns, (s.x(until[i]) - s.left) * p);
    if (a >= columns) break;
    for (let at = Math.floor(a); at < b; ++at)
      shares[at * kinds + what[i]] += Math.min(b, at + 1) - Math.max(a, at);
  }
  const same = (at, other) => {
    for (let k = 0; k < kinds; ++k)
      if (Math.abs(shares[at * kinds + k] - shares[other * kinds + k]) > 0.02) return false;
    return true;
  };
  for (let from = 0, to; from < columns; from = to) {
    for (to = from + 1; to < columns && same(from, to);) ++to;
    stackShares(s, top, height, shares.subarray(from * kinds, (from + 1) * kinds), from, to);
  }
}

function stackShares(s, top, laneHeight, shares, from, to) {
  const c = s.context, height = laneHeight - 2;
  let bottom = top + 1 + height;
  shares.forEach((share, what) => {
    if (share <= 0 || what === IDLE) return;
    c.fillStyle = timeFill(s, what);
    c.fillRect(
        s.left + from / s.pixel, bottom - share * height, (to - from) / s.pixel, share * height);
    bottom -= share * height;
  });
}

/// A line over all lanes, a cross in the one where it is.
function drawFaults(s, row) {
  const c = s.context;
  c.lineWidth = 2;
  for (const mark of row.run.faults) {
    const x = s.x(mark.time), cpu = mark.on >= 0 ? mark.on : mark.cpu;
    if (x < s.left - 6 || x > s.right + 6 || cpu < 0 || !hasLane(row, cpu)) continue;
    const [y, h] = edges(s, row, cpu), r = Math.max(3.5, Math.min(6, h / 2));
    c.strokeStyle = s.palette.fault;
    c.globalAlpha = 0.55;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(x, row.lanes);
    c.lineTo(x, row.bottom);
    c.stroke();
    c.globalAlpha = 1;
    for (const [ink, width] of [[s.palette.halo, 5], [s.palette.fault, 2.4]]) {
      c.strokeStyle = ink;
      c.lineWidth = width;
      c.beginPath();
      c.moveTo(x - r, y + h / 2 - r);
      c.lineTo(x + r, y + h / 2 + r);
      c.moveTo(x + r, y + h / 2 - r);
      c.lineTo(x - r, y + h / 2 + r);
      c.stroke();
    }
  }
}
