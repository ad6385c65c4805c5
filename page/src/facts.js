// What is known of one slice, mark or stage, as rows of words: for the pointer's box, the panel and
// whoever listens.
import {returnText, STAGES, titleOf, whoRan} from './run.js';
import {exact, percent, readable} from './units.js';

const STAGE_WORDS = {
  off: 'off',
  prepared: 'being prepared',
  booting: 'booting or dying',
  section: 'in its ONLINE section',
  up: 'online'
};

export function factsOf(run, i) {
  const shape = run.shapes[run.shape[i]], rows = [];
  const name = shape.state ? `${shape.state} (${shape.step})` : String(shape.step);
  if (shape.kind === 'step') rows.push(['step', name], ['callback', shape.name || '–']);
  rows.push(['start', exact(run.begin[i])]);
  rows.push([
    'duration',
    `${exact(run.duration[i])}${run.duration[i] >= 1000 ? ` (${readable(run.duration[i])})` : ''}`
  ]);
  rows.push(['ran by', whoRan(run, i)]);
  rows.push(['for', `CPU ${run.cpu[i]}`]);
  if (shape.kind === 'step') {
    rows.push([
      'direction',
      `${shape.target < shape.step ? 'down' : 'up'}, target ${shape.target}${
          shape.rollback ? ', rolling back' : ''}`
    ]);
    if (shape.instance) rows.push(['instance', String(shape.instance)]);
    rows.push([
      'ret',
      run.open.has(i)      ? 'never returned'
          : run.ret.has(i) ? returnText(run, run.ret.get(i))
                           : '0'
    ]);
  } else if (run.ret.has(i)) {
    rows.push(['ret', returnText(run, run.ret.get(i))]);
  } else if (run.open.has(i)) {
    rows.push(['end', 'never']);
  }
  const onChain = chainTime(run, i);
  if (onChain > 0)
    rows.push(
        ['critical chain', `${readable(onChain)} of it (${percent(onChain, run.duration[i])})`]);
  return {title: titleOf(shape), rows};
}

/// How much of the chains runs through that CPU meanwhile.
function chainTime(run, i) {
  const from = run.begin[i], to = from + run.duration[i];
  let sum = 0;
  for (const {links} of run.chains)
    for (const link of links) {
      if (link.begin >= to) break;
      if (link.on !== run.on[i]) continue;
      sum += Math.max(0, Math.min(to, link.begin + link.ns) - Math.max(from, link.begin));
    }
  return sum;
}

/// The link of a chain that runs through that CPU at that date.
export function linkAt(run, cpu, t) {
  for (const {links} of run.chains) {
    const link = links.find(l => l.on === cpu && l.begin <= t && t < l.begin + l.ns);
    if (link) return link;
  }
  return null;
}

export function linkRows(link) {
  const rows =
      [['critical chain', `${link.kind.replaceAll('_', ' ')} ${link.what}, ${readable(link.ns)}`]];
  if (link.why) rows.push(['because', link.why]);
  return rows;
}

export function stageFacts(run, cpu, t) {
  for (let i = run.stageFirst[cpu]; i < run.stageFirst[cpu + 1]; ++i)
    if (t < run.stageUntil[i])
      return {
        title: `CPU ${cpu}: ${STAGE_WORDS[STAGES[run.stage[i]]]}`,
        rows: [['until', exact(run.stageUntil[i])]]
      };
  return null;
}

const MARK_WORDS = {
  exit: 'a callback failed',
  injected: 'a fault was injected',
  timeout: 'a wait ran out',
  warn: 'the kernel warns',
  panic: 'the kernel panicked',
  hang: 'a task hangs',
  blame: 'the CPU did not come'
};

const AFTER_WORDS = {
  back: ': the walk turns round',
  on: ': the kernel ignores the error, the walk goes on'
};
export const markWords = mark =>
    (MARK_WORDS[mark.kind] ?? mark.kind) + (AFTER_WORDS[mark.after] ?? '');

export function markFacts(run, mark) {
  const rows = [['date', exact(mark.time)], ['on', `CPU ${mark.on}`]];
  if (mark.cpu >= 0) rows.push(['for', `CPU ${mark.cpu}`]);
  if (mark.name) rows.push(['what', mark.name]);
  if (mark.ret) rows.push(['ret', returnText(run, mark.ret)]);
  return {title: markWords(mark), rows};
}
