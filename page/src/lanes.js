// The lanes: how far each CPU is, and what runs on it. Slices narrower than a pixel are added up,
// pixel by pixel, and the category with the most time is shown.
import {drawFlatLanes} from './flat_lanes.js';
import {edges} from './layout.js';
import {CATEGORIES, lowerBound, titleOf} from './run.js';
import {label, SMALL} from './text.js';

const SPIN = CATEGORIES.indexOf('spin');
const SLEEP = CATEGORIES.indexOf('sleep');
const ROLLBACK = CATEGORIES.indexOf('rollback');

export function drawLanes(s, row) {
  const {run} = row;
  const from = Math.max(0, Math.floor((s.top - row.lanes) / row.lane));
  const to = Math.min(row.order.length, Math.ceil((s.top + s.height - row.lanes) / row.lane));
  if (row.lane * s.pixel < 1) {
    drawFlatLanes(s, row, from, to);
  } else {
    for (let at = from; at < to; ++at) drawStages(s, row, row.order[at]);
    for (let at = from; at < to; ++at) drawSlices(s, row, row.order[at]);
  }
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
    for (let k = 1; k < weight.length; ++k)
      if (weight[k] > weight[best]) best = k;
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
        : category === ROLLBACK && wide     ? s.palette.rollback
                                            : s.palette.category[category];
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
  c.font = SMALL;
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
