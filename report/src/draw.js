// Draws what of the layout is seen. Slices narrower than a pixel are added up, pixel by pixel, and
// the category with the most time is shown.
import {CATEGORIES, TIMES, lowerBound, titleOf} from './run.js';
import {LEFT, RIGHT, laneTop} from './layout.js';
import {readable} from './units.js';

const SPIN = CATEGORIES.indexOf('spin');
const SLEEP = CATEGORIES.indexOf('sleep');
const CLOSEST = 4;  // px between two lines that lead from CPU to CPU
const ROLLBACK = CATEGORIES.indexOf('rollback');
const FONT = '11px system-ui, "DejaVu Sans", sans-serif';

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
    drawControl(s, row);
    drawLanes(s, row);
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
  for (const [text, ink] of headFacts(run, s.palette)) {
    c.fillStyle = ink;
    c.fillText(text, x, row.head + 12.5);
    x += c.measureText(text).width + 16;
  }
}

function headFacts(run, palette) {
  const j = run.json, facts = [];
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
    label(s, `${op.text}${result ? ` → ${result}` : ''}`, x0, x1, row.operations + h / 2 + 1,
      bad ? s.palette.fault : s.palette.ink);
  }
}

/// Text in a box, from where the box is seen; only if some of it fits.
function label(s, text, x0, x1, y, ink) {
  const from = Math.max(x0, s.left) + 4, room = Math.min(x1, s.right) - from - 3;
  if (room < 22) return;
  const c = s.context;
  let shown = text;
  const width = c.measureText(shown).width;
  if (width > room) {
    const letters = Math.floor(shown.length * room / width) - 1;
    if (letters < 3) return;
    shown = `${shown.slice(0, letters)}…`;
  }
  c.fillStyle = ink;
  c.fillText(shown, from, y);
}

function timeFill(s, what) {
  return what === 1 ? s.palette.spin : s.palette.time[what];
}

function drawControl(s, row) {
  const {until, what} = row.run.control, c = s.context;
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right);
  let i = lowerBound(until, t0, 0, until.length);
  let x = s.x(i === 0 ? 0 : until[i - 1]);
  const weight = new Float64Array(TIMES.length);
  const paint = (from, to, kind) => {
    if (kind === 3) return;
    c.fillStyle = timeFill(s, kind);
    const low = kind === 2 ? row.controlHeight - 5 : 1;
    c.fillRect(from, row.control + low, to - from, row.controlHeight - 1 - low);
  };
  for (let from = x; i < until.length; ++i) {
    const to = s.x(until[i]);
    if (Math.floor(to * s.pixel) === Math.floor(from * s.pixel)) {
      weight[what[i]] += to - x;
    } else {
      weight[what[i]] += Math.min(to, Math.ceil(x * s.pixel + 0.001) / s.pixel) - x;
      if (from < x) {
        paint(from, Math.min(to, from + 1 / s.pixel), weight.indexOf(Math.max(...weight)));
        if (to > from + 1 / s.pixel) paint(from + 1 / s.pixel, to, what[i]);
      } else {
        paint(x, to, what[i]);
      }
      weight.fill(0);
      from = to;
    }
    x = to;
    if (x > s.right) break;
  }
}

/// Edges of a lane on the device's pixels, at least one high.
function edges(s, row, cpu) {
  const y = laneTop(row, cpu), p = s.pixel;
  const gap = row.lane >= 6 ? 1 : 0;
  const y0 = Math.round(y * p) / p;
  return [y0, Math.max(1 / p, Math.round((y + row.lane) * p) / p - y0 - gap)];
}

function drawLanes(s, row) {
  const {run} = row;
  const from = Math.max(0, Math.floor((s.top - row.lanes) / row.lane));
  const to = Math.min(run.nr, Math.ceil((s.top + s.height - row.lanes) / row.lane));
  for (let at = from; at < to; ++at) drawStages(s, row, run.order[at]);
  for (let at = from; at < to; ++at) drawSlices(s, row, run.order[at]);
  if (s.selected && s.selected.run === run) outline(s, row, s.selected.index, s.palette.ink, 2);
  if (s.hovered && s.hovered.run === run && s.hovered.index >= 0)
    outline(s, row, s.hovered.index, s.palette.ink, 1);
}

function drawStages(s, row, cpu) {
  const {run} = row, c = s.context, [y, h] = edges(s, row, cpu);
  const end = run.stageFirst[cpu + 1];
  let i = lowerBound(run.stageUntil, s.x.invert(s.left), run.stageFirst[cpu], end);
  let x = s.x(i === run.stageFirst[cpu] ? 0 : run.stageUntil[i - 1]);
  for (; i < end && x < s.right; ++i) {
    const next = s.x(run.stageUntil[i]);
    if (run.stage[i] !== 0) {
      c.fillStyle = s.palette.stage[run.stage[i]];
      c.fillRect(x, y, Math.max(0.6, next - x), h);
    }
    x = next;
  }
}

function drawSlices(s, row, cpu) {
  const {run} = row, [y, h] = edges(s, row, cpu);
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right), p = s.pixel;
  const end = run.first[cpu + 1];
  const weight = s.weight, matches = s.matches?.get(run);
  let pixel = -1, any = false;
  const flush = () => {
    if (!any) return;
    let best = 0;
    for (let k = 1; k < weight.length; ++k) if (weight[k] > weight[best]) best = k;
    paintSlice(s, best, pixel / p, 1 / p, y, h, 0, false);
    weight.fill(0);
    any = false;
  };
  for (let i = lowerBound(run.latest, t0, run.first[cpu], end); i < end; ++i) {
    const begin = run.begin[i];
    if (begin > t1) break;
    const x0 = s.x(begin), x1 = s.x(begin + run.duration[i]);
    if (x1 < s.left) continue;
    const dim = matches && !matches.has(run.shape[i]);
    const category = run.category[i];
    if (x1 - x0 < 1 / p) {
      const here = Math.floor(x0 * p);
      if (here !== pixel) flush();
      pixel = here;
      if (dim) continue;
      weight[category] += (run.duration[i] + 1) * (1 + run.depth[i]);
      any = true;
    } else {
      flush();
      if (dim) s.context.globalAlpha = 0.13;
      paintSlice(s, category, x0, x1 - x0, y, h, run.depth[i], run.open.has(i));
      if (h >= 11 && x1 - x0 > 26 && category !== SLEEP)
        nameSlice(s, run, i, x0, x1, y, h, category);
      s.context.globalAlpha = 1;
    }
  }
  flush();
}

function inset(h, depth) { return h >= 8 ? Math.min(h * 0.5, depth * Math.max(2, h * 0.16)) : 0; }

function paintSlice(s, category, x, width, y, h, depth, open) {
  const c = s.context, low = inset(h, depth);
  const x0 = Math.max(x, s.left - 2), x1 = Math.min(x + width, s.right + 2);
  const gap = width > 4 ? 0.6 : 0;
  if (category === SLEEP) {
    if (h >= 5) {
      c.fillStyle = s.palette.ground;
      c.fillRect(x0, y + low, x1 - x0, h - low);
    }
    c.fillStyle = s.palette.category[SLEEP];
    const line = h >= 8 ? 2 : Math.max(1 / s.pixel, h * 0.4);
    c.fillRect(x0, y + h - line - (h >= 8 ? 2 : 0), x1 - x0, line);
  } else {
    const wide = h >= 3 && width > 2;
    c.fillStyle = category === SPIN && wide ? s.palette.spin
      : category === ROLLBACK && wide ? s.palette.rollback : s.palette.category[category];
    c.fillRect(x0, y + low, Math.max(1 / s.pixel, x1 - x0 - gap), h - low);
  }
  if (open) {
    c.fillStyle = s.palette.fault;
    c.fillRect(x1 - 3, y, 3, h);
  }
}

function nameSlice(s, run, i, x0, x1, y, h, category) {
  const low = inset(h, run.depth[i]);
  if (h - low < 10) return;
  const c = s.context;
  c.font = '10px system-ui, "DejaVu Sans", sans-serif';
  c.textAlign = 'left';
  const text = titleOf(run.shapes[run.shape[i]]);
  if (category === SPIN || category === ROLLBACK) {
    const room = Math.min(x1, s.right) - Math.max(x0, s.left) - 8;
    const width = c.measureText(text).width;
    if (width > room) return;
    c.fillStyle = s.palette.category[category];
    c.fillRect(Math.max(x0, s.left) + 2, y + low + 1, width + 5, h - low - 2);
  }
  label(s, text, x0, x1, y + low + (h - low) / 2 + 0.5, s.palette.text[category]);
}

function outline(s, row, i, ink, width) {
  const {run} = row, [y, h] = edges(s, row, run.on[i]);
  const low = inset(h, run.depth[i]);
  const x0 = Math.max(s.left - 4, s.x(run.begin[i]));
  const x1 = Math.min(s.right + 4, s.x(run.begin[i] + run.duration[i]));
  const c = s.context;
  c.lineWidth = width + 2;
  c.strokeStyle = s.palette.halo;
  c.strokeRect(x0 - 1, y + low - 1, Math.max(3, x1 - x0 + 1), h - low + 2);
  c.lineWidth = width;
  c.strokeStyle = ink;
  c.strokeRect(x0 - 1, y + low - 1, Math.max(3, x1 - x0 + 1), h - low + 2);
}

/// The chains' links along their lanes; thin lines where one goes over to another CPU.
function drawChains(s, row) {
  const c = s.context, links = new Path2D(), hops = new Path2D();
  // Low in the lane: names stay readable.
  const middle = cpu => { const [y, h] = edges(s, row, cpu); return h >= 12 ? y + h - 3.5 : y + h / 2; };
  let count = 0;
  for (const chain of row.run.chains) count += traceChain(s, chain.links, middle, links, hops);
  const thick = row.lane >= 8 ? 3 : row.lane >= 3 ? 2 : 1.6;
  const dense = count / Math.max(1, s.right - s.left);
  c.lineCap = 'butt';
  c.globalAlpha = dense > 0.2 ? 0.12 : dense > 0.06 ? 0.3 : 0.85;
  c.strokeStyle = s.palette.chain;
  c.lineWidth = 1;
  c.stroke(hops);
  c.globalAlpha = 1;
  if (row.lane >= 3) {
    c.strokeStyle = s.palette.halo;
    c.lineWidth = thick + 2;
    c.stroke(links);
  }
  c.strokeStyle = s.palette.chain;
  c.lineWidth = thick;
  c.stroke(links);
}

/// Adds what is seen of a chain; how often it changes its CPU. Within a pixel it is drawn once.
function traceChain(s, list, middle, links, hops) {
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right);
  let last = null, count = 0, drawnTo = -1, drawnOn = -1, hopAt = -CLOSEST;
  for (const link of list) {
    if (link.begin > t1) break;
    if (link.begin + link.ns >= t0) {
      const x0 = s.x(link.begin), x1 = s.x(link.begin + link.ns), y = middle(link.on);
      if (last && last.on !== link.on && x0 - hopAt >= CLOSEST) {
        hops.moveTo(x0, middle(last.on));
        hops.lineTo(x0, y);
        ++count;
        hopAt = x0;
      }
      if (x1 > drawnTo || link.on !== drawnOn) {
        links.moveTo(x0, y);
        links.lineTo(Math.max(x1, x0 + 0.7), y);
        drawnTo = Math.max(x1, x0 + 0.7);
        drawnOn = link.on;
      }
    }
    last = link;
  }
  return count;
}

/// A line over all lanes, a cross in the one where it is.
function drawFaults(s, row) {
  const c = s.context;
  c.lineWidth = 2;
  for (const mark of row.run.faults) {
    const x = s.x(mark.time), cpu = mark.on >= 0 ? mark.on : mark.cpu;
    if (x < s.left - 6 || x > s.right + 6 || cpu < 0) continue;
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

/// Left of the lanes: socket, core, CPU.
function drawGutter(s, row) {
  const {run} = row, c = s.context, {machine} = run;
  c.fillStyle = s.palette.label;
  c.textAlign = 'right';
  c.font = FONT;
  c.fillText('control CPU', LEFT - 8, row.control + row.controlHeight / 2);
  if (row.operations !== row.control)
    c.fillText('operations', LEFT - 8, row.operations + row.operationsHeight / 2);
  groups(run, cpu => machine.socket[cpu], (socket, from, to) => {
    const y0 = row.lanes + from * row.lane, y1 = row.lanes + to * row.lane;
    c.fillStyle = socket % 2 ? s.palette.line : s.palette.band;
    c.fillRect(4, y0, 13, y1 - y0 - 1);
    sideways(s, `socket ${socket}`, 11, Math.max(y0, s.top), Math.min(y1, s.top + s.height));
  });
  c.font = '10px system-ui, "DejaVu Sans", sans-serif';
  if (row.lane >= 5)
    groups(run, cpu => machine.socket[cpu] * 1e5 + machine.core[cpu], (core, from, to) => {
      const y0 = row.lanes + from * row.lane, y1 = row.lanes + to * row.lane - 1;
      if (y1 < s.top || y0 > s.top + s.height) return;
      c.fillStyle = s.palette.line;
      if (to - from > 1) c.fillRect(62, y0 + 1, 2, y1 - y0 - 2);
      c.fillStyle = s.palette.soft;
      c.textAlign = 'right';
      if ((to - from) * row.lane >= 13) c.fillText(`core ${core % 1e5}`, 59, (y0 + y1) / 2);
    });
  c.font = FONT;
  const every = [1, 2, 4, 8, 16, 32, 64, 128, 256].find(n => n * row.lane >= (n === 1 ? 10 : 13)) ?? 512;
  if (every === 1 && row.lane < 12) c.font = '10px system-ui, "DejaVu Sans", sans-serif';
  c.textAlign = 'right';
  for (let at = 0; at < run.nr; at += every) {
    const y = row.lanes + (at + 0.5) * row.lane;
    if (y < s.top - 10 || y > s.top + s.height + 10) continue;
    const cpu = run.order[at];
    c.fillStyle = cpu === machine.boot_cpu ? s.palette.ink : s.palette.label;
    c.fillText(`CPU ${cpu}`, LEFT - 8, every > 1 ? y + (every - 1) * 0.5 * Math.min(row.lane, 12 / every) : y);
  }
}

function groups(run, key, callback) {
  for (let from = 0; from < run.nr;) {
    let to = from + 1;
    while (to < run.nr && key(run.order[to]) === key(run.order[from])) ++to;
    callback(key(run.order[from]), from, to);
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
function drawLedgers(s, row) {
  const x = s.right + 12, width = RIGHT - 20;
  bar(s, row.run.json.control_cpu, x, row.control + 1, width, row.controlHeight - 2);
  for (const cpu of row.run.order) {
    const [y, h] = edges(s, row, cpu);
    if (y + h < s.top || y > s.top + s.height) continue;
    bar(s, row.run.json.ledgers[cpu], x, y, width, h);
  }
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
