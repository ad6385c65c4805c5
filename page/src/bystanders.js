// What operations take of the time of CPUs that have no part in them: the lane of the bystanders.
import {TIMES} from './times.js';

const IDLE = TIMES.indexOf('idle'), STOPPED = TIMES.indexOf('stopped'),
      USEFUL = TIMES.indexOf('useful');

/// "0-2,5" as a set of numbers.
function cpusOf(list) {
  const cpus = new Set();
  for (const range of list.split(',')) {
    const [from, to = from] = range.split('-').map(Number);
    for (let cpu = from; cpu <= to; ++cpu) cpus.add(cpu);
  }
  return cpus;
}

/// Returns [begin, end, what] of all that strikes a bystander: stops, and interrupts of one.
function strikes(run) {
  const all = [];
  for (const op of run.json.operations) {
    if (!op.bystanders) continue;
    const cpus = cpusOf(op.bystanders.cpus), end = op.end_ns ?? run.end;
    for (let i = 0; i < run.begin.length; ++i) {
      const {kind} = run.shapes[run.shape[i]];
      if (run.begin[i] < op.begin_ns || run.begin[i] >= end) continue;
      if (kind !== 'stop' && (kind !== 'interrupt' || !cpus.has(run.on[i]))) continue;
      all.push([run.begin[i], run.begin[i] + run.duration[i], kind === 'stop' ? STOPPED : USEFUL]);
    }
  }
  return all.sort((a, b) => a[0] - b[0]);
}

/// The time of the bystanders, in the form of the control CPU's; null: no operation has any.
export function bystandersOf(run) {
  if (!run.json.operations.some(op => op.bystanders)) return null;
  const until = [], what = [];
  let last = 0;
  for (const [begin, end, kind] of strikes(run)) {
    if (end <= last) continue;
    if (begin > last) {
      until.push(begin);
      what.push(IDLE);
    }
    until.push(last = end);
    what.push(kind);
  }
  return {until, what};
}
