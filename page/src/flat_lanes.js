// Lanes flatter than a pixel: those that share a row of pixels are drawn as one. Its ground is the
// mean of theirs, so that no lane hides another; where slices of several meet, the category with
// the most time is shown, as it is within a lane.
import {CATEGORIES, lowerBound} from './run.js';

const SLEEP = CATEGORIES.indexOf('sleep');

/// Calls back with each row's lanes: (first, end, y).
export function flatRows(s, row, from, to, callback) {
  const rowOf = at => Math.floor((row.lanes + at * row.lane) * s.pixel);
  for (let first = from, end; first < to; first = end) {
    for (end = first + 1; end < to && rowOf(end) === rowOf(first);) ++end;
    callback(first, end, rowOf(first) / s.pixel);
  }
}

export function drawFlatLanes(s, row, from, to) {
  const columns = Math.ceil((s.right - s.left) * s.pixel);
  const sums = new Float32Array(columns * CATEGORIES.length);
  flatRows(s, row, from, to, (first, end, y) => {
    for (let at = first; at < end; ++at) blendStages(s, row.run, row.order[at], y, at - first + 1);
    sums.fill(0);
    for (let at = first; at < end; ++at) addSlices(s, row.run, row.order[at], sums, columns);
    drawSums(s, sums, columns, y);
  });
}

/// The n-th of a row covers 1/n of what is there: in the end each has its equal share.
function blendStages(s, run, cpu, y, n) {
  const c = s.context, end = run.stageFirst[cpu + 1];
  let i = lowerBound(run.stageUntil, s.x.invert(s.left), run.stageFirst[cpu], end);
  let x = s.x(i === run.stageFirst[cpu] ? 0 : run.stageUntil[i - 1]);
  c.globalAlpha = 1 / n;
  for (; i < end && x < s.right; ++i) {
    const next = s.x(run.stageUntil[i]);
    c.fillStyle = run.stage[i] === 0 ? s.palette.ground : s.palette.stage[run.stage[i]];
    if (n > 1 || run.stage[i] !== 0) c.fillRect(x, y, next - x, 1 / s.pixel);
    x = next;
  }
  c.globalAlpha = 1;
}

/// Adds to each column of pixels how much of it each category takes; what is inside counts more
/// than what it is in, and sleep only where nothing else is.
function addSlices(s, run, cpu, sums, columns) {
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right);
  const end = run.first[cpu + 1], matches = s.matches?.get(run);
  for (let i = lowerBound(run.latest, t0, run.first[cpu], end); i < end; ++i) {
    if (run.begin[i] > t1) break;
    if (matches && !matches.has(run.shape[i])) continue;
    const a = (s.x(run.begin[i]) - s.left) * s.pixel;
    const b = (s.x(run.begin[i] + run.duration[i]) - s.left) * s.pixel;
    if (b < 0) continue;
    const category = run.category[i];
    const factor = category === SLEEP ? 1e-3 : 1 + run.depth[i];
    const last = Math.min(columns - 1, Math.max(Math.floor(a), Math.ceil(b) - 1));
    for (let at = Math.max(0, Math.floor(a)); at <= last; ++at)
      sums[at * CATEGORIES.length + category] +=
          factor * (1e-6 + Math.min(b, at + 1) - Math.max(a, at));
  }
}

function drawSums(s, sums, columns, y) {
  const c = s.context, kinds = CATEGORIES.length;
  const most = at => {
    let best = -1, sum = 0;
    for (let k = 0; k < kinds; ++k)
      if (sums[at * kinds + k] > sum) sum = sums[at * kinds + (best = k)];
    return best;
  };
  for (let from = 0, to, category = most(0), next; from < columns; from = to, category = next) {
    for (to = from + 1; to < columns && (next = most(to)) === category;) ++to;
    if (category < 0) continue;
    c.fillStyle = s.palette.category[category];
    c.fillRect(s.left + from / s.pixel, y, (to - from) / s.pixel, 1 / s.pixel);
  }
}
