// Which CPUs take part in what happened between two dates: a thousand that do not only hide it.
import {CATEGORIES} from './run.js';

/// Interrupts and stop_machine strike everybody.
const STRIKES = new Set(['interrupt', 'stop'].map(name => CATEGORIES.indexOf(name)));

/// The lanes of a run, from top to bottom; with dates only the CPUs on which or for which something
/// runs meanwhile.
export function lanesOf(run, dates) {
  if (!dates) return run.order;
  const [t0, t1] = dates, busy = new Uint8Array(run.nr);
  for (let i = 0; i < run.begin.length; ++i) {
    if (run.begin[i] > t1 || run.begin[i] + run.duration[i] < t0 || STRIKES.has(run.category[i]))
      continue;
    busy[run.on[i]] = 1;
    if (run.cpu[i] >= 0 && run.cpu[i] < run.nr) busy[run.cpu[i]] = 1;
  }
  const lanes = run.order.filter(cpu => busy[cpu]);
  return lanes.length ? lanes : run.order;
}
