// Where everything is, from top to bottom: for each run a heading, its operations, the control
// CPU's time, that of the bystanders, and a lane for each CPU.

export const LEFT = 124;
export const RIGHT = 84;
const HEAD = 24, OPERATIONS = 15, CONTROL = 14, GAP = 20;
const FLATTEST = 120;  // px for all lanes of a run

const above = run => HEAD + (run.json.operations.length ? OPERATIONS + 3 : 0) + CONTROL +
    (run.bystanders ? CONTROL : 0) + 5;

/// Height of a lane that shows all runs at once, as long as they can be told apart. `orders`: the
/// CPUs that each run shows.
export function fitHeight(runs, orders, height) {
  const lanes = orders.reduce((n, order) => n + order.length, 0);
  const left = height - runs.reduce((n, run) => n + above(run) + GAP, 0);
  const flattest = Math.min(...orders.map(order => FLATTEST / order.length));
  return Math.min(26, Math.max(left / Math.max(lanes, 1), Math.min(flattest, 15)));
}

/// The nearest height below that looks alike for every lane: whole pixels, or an even number of
/// lanes a pixel (the threads of a core stay together).
export function evenHeight(lane, pixel) {
  const p = lane * pixel;
  return p >= 1 ? Math.floor(p + 1e-6) / pixel : 1 / (2 * Math.ceil(0.5 / p - 1e-6)) / pixel;
}

/// `lane`: height of a lane.
export function layOut(runs, orders, lane) {
  let y = 4;
  const rows = runs.map((run, i) => {
    const order = orders[i], row = {run, order, top: y, head: y, lane};
    row.operations = y + HEAD;
    row.control = row.operations + (run.json.operations.length ? OPERATIONS + 3 : 0);
    row.controlHeight = CONTROL;
    row.operationsHeight = OPERATIONS;
    row.bystanders = row.control + CONTROL;
    row.lanes = row.bystanders + (run.bystanders ? CONTROL : 0) + 5;
    row.bottom = row.lanes + Math.ceil(lane * order.length);
    row.position = new Float64Array(run.nr).fill(NaN);
    order.forEach((cpu, at) => {
      row.position[cpu] = at;
    });
    y = row.bottom + GAP;
    return row;
  });
  return {rows, lane, height: y};
}

/// Is that CPU's lane among those that are shown?
export const hasLane = (row, cpu) => row.position[cpu] >= 0;

/// NaN without a lane: nothing is drawn there.
export const laneTop = (row, cpu) => row.lanes + row.position[cpu] * row.lane;

/// What is at that height: {row, cpu}; cpu is undefined beside the lanes.
export function placeAt(layout, y) {
  const row = layout.rows.find(r => y >= r.top && y < r.bottom);
  if (!row) return {};
  const part = ['bystanders', 'control', 'operations'].find(p => y >= row[p]) ?? 'head';
  if (y < row.lanes) return {row, part};
  return {
    row,
    cpu: row.order[Math.min(row.order.length - 1, Math.floor((y - row.lanes) / row.lane))]
  };
}

/// Edges of a lane on the device's pixels, at least one high.
export function edges(s, row, cpu) {
  const y = laneTop(row, cpu), p = s.pixel;
  const gap = row.lane >= 6 ? 1 : 0;
  const y0 = (row.lane * p < 1 ? Math.floor(y * p) : Math.round(y * p)) / p;
  return [y0, Math.max(1 / p, Math.round((y + row.lane) * p) / p - y0 - gap)];
}
