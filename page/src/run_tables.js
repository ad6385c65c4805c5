// What the picture of a run shows, in rows.
import {element} from './dom.js';
import {markWords} from './facts.js';
import {returnText, STAGES, titleOf, whoRan} from './run.js';
import {duration, ledgerBar, number, table} from './tables.js';
import {grouped, percent, readable} from './units.js';

export function operationsTable(run) {
  return table(
      `Operations, ${run.label}`, [['operation'], ['begin', 'n'], ['took', 'n'], ['returned']],
      run.json.operations.map(
          o =>
              [o.text, duration(o.begin_ns),
               o.end_ns === undefined ? '–' : duration(o.end_ns - o.begin_ns),
               o.end_ns === undefined ? 'never' : o.returned]));
}

/// What each operation takes of the time of CPUs that have no part in it.
export function bystandersTable(run) {
  const rows = run.json.operations.filter(o => o.bystanders);
  return table(
      `Bystanders of each operation, ${run.label}: what it costs the one that it costs most`,
      [
        ['operation'], ['CPUs', 'n'], ['which'], ['stops', 'n'], ['longest stop', 'n'],
        ['stopped', 'n'], ['interrupts', 'n'], ['in handlers', 'n']
      ],
      rows.map(
          ({text, bystanders: b}) =>
              [text, number(b.count), b.cpus, number(b.stops), duration(b.longest_stop_ns),
               duration(b.stopped_ns), number(b.interrupts), duration(b.interrupted_ns)]));
}

const CHAIN_ROWS = 400;  // of short links; the long ones are all there

/// Links of a chain: all, or when they are too many the longest, in their order.
export function chainTable(run, chain) {
  let links = chain.links, note = '';
  if (links.length > CHAIN_ROWS) {
    const least = [...links].sort((a, b) => b.ns - a.ns)[CHAIN_ROWS - 1].ns;
    links = links.filter(l => l.ns >= least).slice(0, 2 * CHAIN_ROWS);
    const rest = chain.total - links.reduce((sum, l) => sum + l.ns, 0);
    note = `; the ${grouped(chain.links.length - links.length)} shortest, ${
        readable(rest)} in all, are left out`;
  }
  return table(
      `Critical chain of ${chain.what}, ${run.label}: what its end had to wait for, ${
          readable(chain.total)}${note}`,
      [
        ['what'], ['start', 'n'], ['duration', 'n'], ['share', 'n'], ['kind'], ['who'], ['for'],
        ['why it goes on from here']
      ],
      links.map(
          l =>
              [l.symbol || l.what || 'not traced', duration(l.begin), duration(l.ns),
               percent(l.ns, chain.total), l.kind.replaceAll('_', ' '), l.who,
               l.cpu >= 0 ? `CPU ${l.cpu}` : '–', l.why || '–']));
}

/// What the links of a chain add up to, by what they are.
export function chainShares(run, chain) {
  const rows = new Map();
  for (const l of chain.links) {
    const control = l.on === run.machine.boot_cpu;
    const key = `${l.kind} ${l.what} ${control}`;
    const row = rows.get(key) ?? {l, control, n: 0, sum: 0, most: -1, cpu: -1};
    row.n += 1;
    row.sum += l.ns;
    if (l.ns > row.most) {
      row.most = l.ns;
      row.cpu = l.cpu;
    }
    rows.set(key, row);
  }
  return table(
      `Critical chain of ${chain.what}, ${run.label}, by what it is made of; together ${
          readable(chain.total)}`,
      [
        ['what'], ['kind'], ['where'], ['links', 'n'], ['sum', 'n'], ['share', 'n'],
        ['longest', 'n'], ['of']
      ],
      [...rows.values()]
          .sort((a, b) => b.sum - a.sum)
          .map(
              r =>
                  [r.l.what || 'not traced', r.l.kind.replaceAll('_', ' '),
                   r.control ? 'control CPU' : 'APs', number(r.n), duration(r.sum),
                   percent(r.sum, chain.total), duration(r.most),
                   r.cpu >= 0 ? `CPU ${r.cpu}` : '–']));
}

export function faultsTable(run) {
  return table(
      `Failures, ${run.label}`, [['what'], ['date', 'n'], ['on'], ['for'], ['name'], ['ret']],
      run.faults.map(
          m =>
              [markWords(m), duration(m.time), `CPU ${m.on}`, m.cpu >= 0 ? `CPU ${m.cpu}` : '–',
               m.name || '–', m.ret ? returnText(run, m.ret) : '–']));
}

export function handshakeTable(run, caption, list) {
  return table(
      caption, [['what'], ['CPU'], ['from'], ['sent', 'n'], ['to'], ['taken', 'n'], ['after', 'n']],
      list.map(
          h =>
              [h.name, h.cpu >= 0 ? `CPU ${h.cpu}` : '–', `CPU ${h.on}`, duration(h.begin),
               `CPU ${h.to}`, duration(h.begin + h.ns), duration(h.ns)]));
}

export function rollbackTable(run) {
  return stepRows(run, `Rolled back, ${run.label}`, rollbacks(run));
}

export function rollbacks(run) {
  const list = [];
  for (let i = 0; i < run.begin.length; ++i)
    if (run.shapes[run.shape[i]].rollback) list.push(i);
  return list.sort((a, b) => run.begin[a] - run.begin[b]);
}

export function stepRows(run, caption, list) {
  return table(
      caption,
      [
        ['what'], ['step', 'n'], ['state'], ['start', 'n'], ['duration', 'n'], ['ran by'], ['for'],
        ['ret']
      ],
      list.map(i => {
        const s = run.shapes[run.shape[i]];
        return [
          titleOf(s), s.step ?? '–', s.state || '–', duration(run.begin[i]),
          duration(run.duration[i]), whoRan(run, i), `CPU ${run.cpu[i]}`,
          run.open.has(i)      ? 'never returned'
              : run.ret.has(i) ? returnText(run, run.ret.get(i))
                               : '0'
        ];
      }));
}

/// What costs, added up over all CPUs.
export function blameTable(run) {
  const rows = new Map();
  for (let i = 0; i < run.begin.length; ++i) {
    const s = run.shapes[run.shape[i]];
    const down = s.kind === 'step' && s.target < s.step;
    const key = `${s.kind} ${s.name} ${s.step} ${down}`;
    const row = rows.get(key) ?? {s, down, n: 0, sum: 0, most: -1, cpu: 0};
    row.n += 1;
    row.sum += run.duration[i];
    if (run.duration[i] > row.most) {
      row.most = run.duration[i];
      row.cpu = run.cpu[i];
    }
    rows.set(key, row);
  }
  const list = [...rows.values()].sort((a, b) => b.sum - a.sum || b.n - a.n);
  return {
    rows: list.length,
    make: () => table(
        `Steps, phases and waits, ${
            run.label}: added up over all CPUs, what is inside of them included`,
        [
          ['what'], ['kind'], ['step', 'n'], ['state'], ['times', 'n'], ['sum', 'n'], ['mean', 'n'],
          ['longest', 'n'], ['of']
        ],
        list.map(
            r =>
                [titleOf(r.s), r.s.kind === 'step' ? (r.down ? 'step down' : 'step up') : r.s.kind,
                 r.s.step ?? '–', r.s.state || '–', number(r.n), duration(r.sum),
                 duration(Math.round(r.sum / r.n)), duration(r.most), `CPU ${r.cpu}`]))
  };
}

/// When each CPU came to its stages, and what its time went to.
export function cpusTable(run) {
  return table(
      `CPUs, ${run.label}: first dates, and what the time of the whole run went to`,
      [
        ['CPU'], ['socket', 'n'], ['core', 'n'], ['prepared', 'n'], ['kicked', 'n'],
        ['idle loop', 'n'], ['online', 'n'], ['time'], ['useful', 'n'], ['spinning', 'n'],
        ['sleeping', 'n'], ['idle', 'n'], ['stopped', 'n']
      ],
      run.order.map(cpu => {
        const first = {};
        for (let i = run.stageFirst[cpu], at = 0; i < run.stageFirst[cpu + 1]; ++i) {
          first[STAGES[run.stage[i]]] ??= at;
          at = run.stageUntil[i];
        }
        return [
          `CPU ${cpu}`, String(run.machine.socket[cpu]), String(run.machine.core[cpu]),
          ...['prepared', 'booting', 'section', 'up'].map(
              s => first[s] === undefined ? '–' : duration(first[s])),
          ledgerBar(run.json.ledgers[cpu]), ...run.json.ledgers[cpu].map(duration)
        ];
      }));
}
