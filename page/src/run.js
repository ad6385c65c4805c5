// One pictured run: sim/report/html/run_picture.cpp's JSON, with its columns as typed arrays.
import {bystandersOf} from './bystanders.js';
import {readColumns} from './columns.js';
import {TIMES} from './times.js';

export {TIMES};

/// What a slice is drawn as. The order is that of the legend.
export const CATEGORIES =
    ['prepare', 'starting', 'online', 'rollback', 'phase', 'spin', 'sleep', 'stop', 'interrupt'];
export const STAGES = ['off', 'prepared', 'booting', 'section', 'up'];

function categoryOf(shape) {
  if (shape.kind === 'step') {
    if (shape.rollback) return 'rollback';
    if (shape.section === 'prepare' || shape.section === 'teardown') return 'prepare';
    if (shape.section === 'starting') return 'starting';
    if (shape.section === 'online') return 'online';
    return shape.role === 'cpuhp' ? 'online' : shape.role === 'control' ? 'prepare' : 'starting';
  }
  return shape.kind;
}

function shapesOf(json) {
  return json.shapes.map(([kind, role, name, step, state, section, target, instance, rollback]) => {
    const shape = {
      kind,
      role,
      name: json.names[name],
      step,
      section,
      target,
      instance,
      state: state === undefined ? '' : json.names[state],
      rollback: Boolean(rollback)
    };
    shape.category = CATEGORIES.indexOf(categoryOf(shape));
    return shape;
  });
}

/// Sums of differences, starting anew for each lane.
function running(lengths, differences) {
  const sums = new Float64Array(differences.length);
  let at = 0;
  for (const length of lengths)
    for (let i = 0, sum = 0; i < length; ++i, ++at) sums[at] = sum += differences[at];
  return sums;
}

function offsets(lengths) {
  const first = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; ++i) first[i + 1] = first[i] + lengths[i];
  return first;
}

/// Lanes from top to bottom: by socket, core, thread.
function laneOrder(machine) {
  const cpus = machine.socket.map((_, cpu) => cpu);
  return cpus.sort(
      (a, b) => machine.socket[a] - machine.socket[b] || machine.core[a] - machine.core[b] ||
          machine.thread[a] - machine.thread[b] || a - b);
}

/// What a walk does after a callback of it has failed.
const AFTER_FAILURE = ['', 'back', 'on'];

function marksOf(json, [times, kinds, cpus, ons, texts, returns, afters]) {
  const marks = [];
  let time = 0;
  for (let i = 0; i < times.length; ++i) {
    time += times[i];
    marks.push({
      time,
      kind: json.event_kinds[kinds[i]],
      cpu: cpus[i],
      on: ons[i],
      name: json.names[texts[i]],
      ret: returns[i],
      after: AFTER_FAILURE[afters[i]]
    });
  }
  return marks;
}

/// What leads from one CPU to another: {name, begin, ns, on: from there, to: to there, cpu}.
function handshakesOf(json, [begins, ons, durations, tos, cpus, names]) {
  let begin = 0;
  return Array.from(begins, (difference, i) => ({
                              begin: begin += difference,
                              ns: durations[i],
                              on: ons[i],
                              to: tos[i],
                              cpu: cpus[i],
                              name: json.names[names[i]].replaceAll('_', ' ')
                            }));
}

/// The critical chain of each operation; links follow each other without a gap.
function chainsOf(json, columns) {
  return json.chains
      .map((chain, number) => {
        const [durations, ons, cpus, kinds, whats, symbols, whys, whos, waited] =
            columns.slice(9 * number, 9 * number + 9);
        const links = [];
        let begin = chain.begin_ns;
        for (let i = 0; i < durations.length; ++i) {
          links.push({
            begin,
            ns: durations[i],
            on: ons[i],
            cpu: cpus[i],
            kind: json.names[kinds[i]],
            what: json.names[whats[i]],
            symbol: json.names[symbols[i]],
            why: json.names[whys[i]],
            who: json.names[whos[i]],
            waited: waited[i]
          });
          begin += durations[i];
        }
        return {what: chain.what, begin: chain.begin_ns, total: begin - chain.begin_ns, links};
      })
      .filter(chain => chain.links.length);
}

export const FAULT_KINDS =
    new Set(['exit', 'injected', 'timeout', 'warn', 'panic', 'hang', 'blame']);

function controlOf([untils, words]) {
  const until = running([untils.length], untils);
  return {until, what: Uint8Array.from(words)};
}

/// For each slice the latest end of all up to it, by lane: finds what reaches into a window.
function latestEnds(first, begin, duration) {
  const latest = new Float64Array(begin.length);
  for (let lane = 0; lane + 1 < first.length; ++lane)
    for (let i = first[lane], max = -Infinity; i < first[lane + 1]; ++i)
      latest[i] = max = Math.max(max, begin[i] + duration[i]);
  return latest;
}

export async function readRun(json) {
  const c = await readColumns(json.columns);
  const [lengths, begins, durations, shapeNumbers, cpus, depths, failed, returns, open] = c;
  const [stageLengths, stageUntils, stageWords] = c.slice(9, 12);
  const first = offsets(lengths);
  const begin = running(lengths, begins);
  const on = new Uint32Array(begin.length);
  for (let lane = 0; lane < lengths.length; ++lane) on.fill(lane, first[lane], first[lane + 1]);
  const shapes = shapesOf(json);
  const marks = marksOf(json, c.slice(14, 21));
  const run = {
    json,
    shapes,
    first,
    begin,
    on,
    marks,
    label: json.label,
    end: json.end_ns,
    nr: json.machine.socket.length,
    machine: json.machine,
    order: laneOrder(json.machine),
    duration: durations,
    shape: Uint32Array.from(shapeNumbers),
    category: Uint8Array.from(shapeNumbers, s => shapes[s].category),
    cpu: Int32Array.from(cpus, (d, i) => on[i] + d),
    depth: Uint8Array.from(depths),
    ret: new Map(Array.from(failed, (index, i) => [index, returns[i]])),
    open: new Set(open),
    latest: latestEnds(first, begin, durations),
    stageFirst: offsets(stageLengths),
    stageUntil: running(stageLengths, stageUntils),
    stage: Uint8Array.from(stageWords),
    control: controlOf(c.slice(12, 14)),
    faults: marks.filter(m => FAULT_KINDS.has(m.kind)),
    handshakes: handshakesOf(json, c.slice(21, 27)),
    chains: chainsOf(json, c.slice(27)),
  };
  run.bystanders = bystandersOf(run);
  return run;
}

/// First index in [from, to) whose value is at least `date`.
export function lowerBound(values, date, from, to) {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle] < date)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

/// The innermost slice of that CPU within [from, to]; -1: none.
export function sliceAt(run, cpu, from, to) {
  let best = -1, bestDepth = -1, bestLength = Infinity;
  const end = run.first[cpu + 1];
  for (let i = lowerBound(run.latest, from, run.first[cpu], end); i < end; ++i) {
    if (run.begin[i] > to) break;
    if (run.begin[i] + run.duration[i] < from) continue;
    if (run.depth[i] > bestDepth || (run.depth[i] === bestDepth && run.duration[i] < bestLength)) {
      best = i;
      bestDepth = run.depth[i];
      bestLength = run.duration[i];
    }
  }
  return best;
}

export function whoRan(run, i) {
  const on = run.on[i], role = run.shapes[run.shape[i]].role;
  const words = {
    control: 'the control task',
    ap_boot: 'the CPU itself, interrupts off',
    cpuhp: `cpuhp/${on}`,
    stopper: `migration/${on}`,
    idle: `swapper/${on}`,
    kworker: 'a kworker',
    irq: 'an interrupt handler',
    background: 'other tasks of the boot CPU',
    other: 'another task'
  };
  return `${words[role] ?? role}, on CPU ${on}`;
}

export const returnText = (run, ret) => run.json.returns?.[ret] ?? String(ret);

/// Its name, and what it is in words.
export function titleOf(shape) {
  switch (shape.kind) {
    case 'step':
      return shape.name || shape.state;
    case 'spin':
      return `spins for ${shape.name}`;
    case 'sleep':
      return `sleeps for ${shape.name}`;
    case 'stop':
      return 'stop_machine';
    case 'interrupt':
      return `interrupt: ${shape.name}`;
    default:
      return shape.name;
  }
}
