// The tables: what --format json prints, and what the picture shows, in rows.
import {element} from './dom.js';
import {markWords} from './facts.js';
import {STAGES, returnText, titleOf, whoRan} from './run.js';
import {exact, grouped, percent, readable} from './units.js';

export const duration = ns => ns === undefined || ns === null ? '–'
  : element('data', {value: ns, title: exact(ns)}, readable(ns));

const number = n => element('data', {value: n}, grouped(n));

/// columns: [title, class]; rows: arrays of what goes into cells.
export function table(caption, columns, rows, kind = '') {
  const cell = (value, i) => element(i === 0 ? 'th' : 'td',
    {class: columns[i][1] ?? null, scope: i === 0 ? 'row' : null}, value ?? '–');
  return element('div', {class: 'wide'}, element('table', {class: kind},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, columns.map(([title, c]) => element('th', {scope: 'col', class: c ?? null}, title)))),
    element('tbody', {}, rows.map(row => element('tr', {}, row.map(cell))))));
}

const PRINTED = 130;  // rows

/// Filled when it is opened; printed while it is not too long.
export function folded(title, rows, make, open = false) {
  const body = element('div');
  const node = element('details', {open}, element('summary', {}, title, rows === null ? '' : element('span', {class: 'count'}, ` ${grouped(rows)}`)), body);
  let made = false;
  const now = () => { if (!made) { made = true; body.append(...[make()].flat()); } };
  node.addEventListener('toggle', () => { if (node.open) now(); });
  if (open) now();
  addEventListener('beforeprint', () => { if ((rows ?? 0) <= PRINTED) { now(); node.open = true; } });
  return node;
}

export function ledgerBar(parts) {
  const whole = parts.reduce((a, b) => a + b, 0);
  const names = ['useful', 'spinning', 'sleeping', 'idle', 'stopped'];
  const text = names.map((name, i) => `${name} ${percent(parts[i], whole)}`).filter((_, i) => parts[i] > 0).join(', ');
  return element('span', {class: 'bar', role: 'img', 'aria-label': text, title: text},
    names.map((name, i) => {
      const part = element('i', {class: `l-${name}`});
      part.style.width = `${whole ? 100 * parts[i] / whole : 0}%`;
      return part;
    }));
}

const ledgerOf = c => [c.useful_ns, c.spinning_ns, c.sleeping_ns, c.idle_ns, 0];

/// A design's line of `compare`.
export function comparisonTables(comparison, runs) {
  const tables = [];
  const several = new Set(comparison.runs.map(r => r.seed)).size > 1;
  const rows = comparison.runs.map(r => {
    const pictured = runs.find(p => p.json.design === r.design && p.json.seed === r.seed);
    const parts = pictured ? pictured.json.control_cpu : ledgerOf(r.control_cpu);
    const c = r.control_cpu;
    return [r.design, several ? String(r.seed) : null, duration(r.bringup_ns),
      r.speedup === null ? '–' : element('data', {value: r.speedup}, `${r.speedup.toFixed(2)}×`),
      duration(r.boot_ns), ledgerBar(parts), duration(c.useful_ns), duration(c.spinning_ns),
      duration(c.sleeping_ns), duration(c.idle_ns), `${r.online} of ${r.cpus}`, number(r.events),
      element('code', {}, r.digest)].filter((_, i) => several || i !== 1);
  });
  const columns = [['design'], ['seed', 'n'], ['bring-up', 'n'], ['speed-up', 'n'], ['boot', 'n'],
    ["control CPU's time until the boot is done"], ['useful', 'n'], ['spinning', 'n'], ['sleeping', 'n'],
    ['idle', 'n'], ['online', 'n'], ['events', 'n'], ['digest']].filter((_, i) => several || i !== 1);
  const all = table(`The designs; speed-up is against ${comparison.baseline}`, columns, rows, 'key');
  tables.push(rows.length > 24 ? folded('Every run', rows.length, () => all) : all);
  if (comparison.paired) {
    const mean = d => d ? [readable(Math.round(d.mean)), ` [${readable(Math.round(d.low))}, ${readable(Math.round(d.high))}]`] : '–';
    tables.unshift(table(`Against ${comparison.baseline}, seed by seed: mean difference [95 % confidence]`,
      [['design'], ['seeds', 'n'], ['bring-up', 'n'], ['boot', 'n']],
      comparison.paired.map(p => [p.design, number(p.seeds), element('span', {}, mean(p.bringup_ns)), element('span', {}, mean(p.boot_ns))]), 'key'));
  }
  return tables;
}

export function runTables(d, run) {
  const c = d.control_cpu;
  const tables = [table('The run', [['design'], ['outcome'], ['bring-up', 'n'], ['boot', 'n'], ['run', 'n'],
    ["control CPU's time until the boot is done"], ['useful', 'n'], ['spinning', 'n'], ['sleeping', 'n'], ['idle', 'n'],
    ['online', 'n'], ['events', 'n'], ['digest']],
  [[d.design, d.outcome, duration(d.bringup_ns), duration(d.boot_ns), duration(d.end_ns), ledgerBar(run.json.control_cpu),
    duration(c.useful_ns), duration(c.spinning_ns), duration(c.sleeping_ns), duration(c.idle_ns),
    `${d.online} of ${d.cpus}`, number(d.events), element('code', {}, d.digest)]], 'key')];
  if (d.panic) tables.push(element('p', {class: 'bad'}, `The kernel died: ${d.panic}`));
  if (d.hung.length)
    tables.push(table('Tasks that nobody can wake', [['task'], ['on CPU', 'n'], ['waits for'], ['of CPU', 'n'], ['since', 'n']],
      d.hung.map(h => [h.role, String(h.on), h.waits_for, h.cpu === undefined ? '–' : String(h.cpu), duration(h.since_ns)]), 'bad'));
  const broken = d.expect.filter(e => !e.holds);
  if (broken.length)
    tables.push(table('Expected, and not so', [['what'], ['expected'], ['found']], broken.map(e => [e.what, String(e.expected), String(e.found)]), 'bad'));
  if (d.findings.length)
    tables.push(table('Broken invariants', [['invariant'], ['date', 'n'], ['CPU', 'n'], ['what']],
      d.findings.map(f => [f.invariant, duration(f.time_ns), f.cpu ?? '–', f.text]), 'bad'));
  return tables;
}

export function campaignTables(d, cases, open) {
  const outcomes = ['ok', 'error', 'hang', 'panic', 'crash'];
  const shown = (row, outcome) => {
    const n = row[outcome];
    const at = cases.findIndex(c => c.key === `${row.design} ${row.faults} ${outcome}`);
    return n === 0 ? '–' : at < 0 ? number(n)
      : element('a', {href: `#group=${at}`, title: 'See the first of them', onclick: e => { e.preventDefault(); open(at); }}, number(n));
  };
  const runs = table('How the runs came out; a number leads to the first of them',
    [['design'], ['fault'], ['runs', 'n'], ...outcomes.map(o => [o, 'n']), ['with findings', 'n']],
    d.rows.map(r => [r.design, r.faults, number(r.runs), ...outcomes.map(o => shown(r, o)),
      r.with_findings ? number(r.with_findings) : '–']), 'key');
  runs.classList.add('tall');
  const findings = d.findings.length
    ? table('Findings', [['invariant'], ['place'], ['CPU', 'n'], ['runs', 'n'], ['designs'], ['what'], ['repeat']],
      d.findings.map(f => [f.invariant, f.place, f.cpu ?? '–', number(f.runs), f.designs.join(', '), f.text, f.repeat ? element('code', {}, f.repeat) : '–']), 'bad')
    : element('p', {class: 'good'}, 'No findings: the machine survives all of them.');
  return [element('div', {class: 'beside'}, runs, findings)];
}

export function operationsTable(run) {
  return table(`Operations, ${run.label}`, [['operation'], ['begin', 'n'], ['took', 'n'], ['returned']],
    run.json.operations.map(o => [o.text, duration(o.begin_ns), o.end_ns === undefined ? '–' : duration(o.end_ns - o.begin_ns),
      o.end_ns === undefined ? 'never' : o.returned]));
}

const CHAIN_ROWS = 400;  // of short links; the long ones are all there

/// Links of a chain: all, or when they are too many the longest, in their order.
export function chainTable(run, chain) {
  let links = chain.links, note = '';
  if (links.length > CHAIN_ROWS) {
    const least = [...links].sort((a, b) => b.ns - a.ns)[CHAIN_ROWS - 1].ns;
    links = links.filter(l => l.ns >= least).slice(0, 2 * CHAIN_ROWS);
    const rest = chain.total - links.reduce((sum, l) => sum + l.ns, 0);
    note = `; the ${grouped(chain.links.length - links.length)} shortest, ${readable(rest)} in all, are left out`;
  }
  return table(`Critical chain of ${chain.what}, ${run.label}: what its end had to wait for, ${readable(chain.total)}${note}`,
    [['what'], ['start', 'n'], ['duration', 'n'], ['share', 'n'], ['kind'], ['who'], ['for'], ['why it goes on from here']],
    links.map(l => [l.symbol || l.what || 'not traced', duration(l.begin), duration(l.ns), percent(l.ns, chain.total), l.kind.replaceAll('_', ' '),
      l.who, l.cpu >= 0 ? `CPU ${l.cpu}` : '–', l.why || '–']));
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
    if (l.ns > row.most) { row.most = l.ns; row.cpu = l.cpu; }
    rows.set(key, row);
  }
  return table(`Critical chain of ${chain.what}, ${run.label}, by what it is made of; together ${readable(chain.total)}`,
    [['what'], ['kind'], ['where'], ['links', 'n'], ['sum', 'n'], ['share', 'n'], ['longest', 'n'], ['of']],
    [...rows.values()].sort((a, b) => b.sum - a.sum).map(r => [r.l.what || 'not traced', r.l.kind.replaceAll('_', ' '), r.control ? 'control CPU' : 'APs', number(r.n),
      duration(r.sum), percent(r.sum, chain.total), duration(r.most), r.cpu >= 0 ? `CPU ${r.cpu}` : '–']));
}

/// `explain`: causes, what-if, what stands out.
export function explainTables(d, run) {
  const share = ns => percent(ns, d.total_ns);
  const left = [table(`${d.explained.what}: ${readable(d.total_ns)}, and what it goes to`, [['cause'], ['time', 'n'], ['share', 'n']],
    d.causes.map(c => [c.text, duration(c.time_ns), share(c.time_ns)]), 'key causes')];
  const w = d.what_if;
  if (w?.rows?.length)
    left.push(table(`What if it were cheaper? Each is a run of its own; as it is: ${readable(w.baseline_ns)}`,
      [['what'], ['kind'], ['at 50 %', 'n'], ['gain', 'n'], ['at 0 %', 'n'], ['gain', 'n']],
      w.rows.map(r => [r.name, r.kind, duration(r.half_ns), gain(w.baseline_ns, r.half_ns), duration(r.free_ns), gain(w.baseline_ns, r.free_ns)]), 'key'));
  if (w?.own_ns !== undefined && w.own_ns !== null)
    left.push(element('p', {}, 'With the costs of --what-if: ', duration(w.own_ns)));
  const outliers = d.blame.outliers;
  if (outliers.length)
    left.push(table('Single occurrences that stand out', [['what'], ['kind'], ['CPU', 'n'], ['start', 'n'], ['took', 'n'], ['elsewhere', 'n'], ['place']],
      outliers.map(o => [o.name, o.kind, String(o.cpu), duration(o.begin_ns), duration(o.duration_ns), duration(o.median_ns), o.place || '–']), 'key'));
  const blame = folded('Blame: what costs, without what is inside of it', d.blame.rows.length, () => table('Blame, over all CPUs', [['what'], ['kind'], ['times', 'n'], ['sum', 'n'], ['median', 'n'], ['longest', 'n'], ['of'], ['on the critical chain', 'n']],
    d.blame.rows.map(r => [r.name, r.kind, number(r.count), duration(r.sum_ns), duration(r.median_ns), duration(r.largest_ns), r.largest_cpu === null || r.largest_cpu === undefined ? '–' : `CPU ${r.largest_cpu}`, duration(r.on_chain_ns)])));
  return [element('div', {class: 'beside'}, left), blame, ...(d.notes ?? []).map(note => element('p', {class: 'machine'}, note))];
}

const gain = (whole, ns) => ns === undefined || ns === null ? '–' : percent(whole - ns, whole);

const CHANGES = 6;  // above the picture

const change = ns => element('data', {value: ns, class: ns > 0 ? 'more' : ns < 0 ? 'less' : null},
  ns > 0 ? `+${readable(ns)}` : ns < 0 ? `−${readable(-ns)}` : '0');

function changesTable(title, list) {
  return table(title, [['what'], ['kind'], ['A', 'n'], ['B', 'n'], ['B − A', 'n'], ['times in A', 'n'], ['in B', 'n']],
    list.map(r => [r.name || `CPU ${r.cpu}`, (r.kind ?? 'CPU').replaceAll('_', ' '), duration(r.a_ns), duration(r.b_ns),
      change(r.delta_ns), number(r.count_a), number(r.count_b)]), 'key');
}

const byChange = list => [...list].sort((x, y) => Math.abs(y.delta_ns) - Math.abs(x.delta_ns));

/// `diff`: totals, what changed most, the first event that differs.
export function diffTables(d) {
  const totals = table('Totals', [['side'], ['what'], ['kernel'], ['total', 'n'], ['critical chain', 'n'], ['of']],
    [['A', d.a], ['B', d.b]].map(([side, s]) => [side, s.label, s.kernel || '–', duration(s.total_ns), duration(s.chain_total_ns), s.chain_of]), 'key');
  const most = byChange([...d.phases, ...d.steps, ...d.waits]).slice(0, CHANGES);
  return [element('div', {class: 'beside'}, totals, most.length ? changesTable('What changed most', most) : []),
    d.first ? folded(`The first event that differs: CPU ${d.first.cpu}, ${d.first.why}`, null, () => firstTable(d.first)) : []].flat();
}

const firstTable = first => element('div', {class: 'beside'}, [['A', first.context_a], ['B', first.context_b]].map(([side, lines]) =>
  element('figure', {}, element('figcaption', {}, side), element('pre', {}, lines.join('\n')))));

/// Everything that changed.
export function diffDetails(d) {
  const lists = [['Phases', d.phases], ['Steps', d.steps], ['Waits', d.waits], ['CPUs', d.cpus]].filter(([, list]) => list.length);
  const details = lists.map(([title, list]) => folded(`${title}, A against B`, list.length, () => changesTable(title, byChange(list))));
  if (d.states.length)
    details.push(folded('States that only one side has, or with other callbacks', d.states.length, () => table('States', [['state'], ['in A'], ['in B'], ['callbacks in A'], ['callbacks in B']],
      d.states.map(s => [s.name, s.in_a ? 'yes' : 'no', s.in_b ? 'yes' : 'no', s.callbacks_a || '–', s.callbacks_b || '–']))));
  return details;
}

export function faultsTable(run) {
  return table(`Failures, ${run.label}`, [['what'], ['date', 'n'], ['on'], ['for'], ['name'], ['ret']],
    run.faults.map(m => [markWords(m.kind), duration(m.time), `CPU ${m.on}`, m.cpu >= 0 ? `CPU ${m.cpu}` : '–', m.name || '–', m.ret ? returnText(run, m.ret) : '–']));
}

export function handshakeTable(run, caption, list) {
  return table(caption, [['what'], ['CPU'], ['from'], ['sent', 'n'], ['to'], ['taken', 'n'], ['after', 'n']],
    list.map(h => [h.name, h.cpu >= 0 ? `CPU ${h.cpu}` : '–', `CPU ${h.on}`, duration(h.begin), `CPU ${h.to}`, duration(h.begin + h.ns), duration(h.ns)]));
}

export function rollbackTable(run) {
  return stepRows(run, `Rolled back, ${run.label}`, rollbacks(run));
}

export function rollbacks(run) {
  const list = [];
  for (let i = 0; i < run.begin.length; ++i) if (run.shapes[run.shape[i]].rollback) list.push(i);
  return list.sort((a, b) => run.begin[a] - run.begin[b]);
}

export function stepRows(run, caption, list) {
  return table(caption, [['what'], ['step', 'n'], ['state'], ['start', 'n'], ['duration', 'n'], ['ran by'], ['for'], ['ret']],
    list.map(i => {
      const s = run.shapes[run.shape[i]];
      return [titleOf(s), s.step ?? '–', s.state || '–', duration(run.begin[i]), duration(run.duration[i]), whoRan(run, i), `CPU ${run.cpu[i]}`,
        run.open.has(i) ? 'never returned' : run.ret.has(i) ? returnText(run, run.ret.get(i)) : '0'];
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
    if (run.duration[i] > row.most) { row.most = run.duration[i]; row.cpu = run.cpu[i]; }
    rows.set(key, row);
  }
  const list = [...rows.values()].sort((a, b) => b.sum - a.sum || b.n - a.n);
  return {rows: list.length, make: () => table(`Steps, phases and waits, ${run.label}: added up over all CPUs, what is inside of them included`,
    [['what'], ['kind'], ['step', 'n'], ['state'], ['times', 'n'], ['sum', 'n'], ['mean', 'n'], ['longest', 'n'], ['of']],
    list.map(r => [titleOf(r.s), r.s.kind === 'step' ? (r.down ? 'step down' : 'step up') : r.s.kind, r.s.step ?? '–', r.s.state || '–', number(r.n), duration(r.sum),
      duration(Math.round(r.sum / r.n)), duration(r.most), `CPU ${r.cpu}`]))};
}

/// When each CPU came to its stages, and what its time went to.
export function cpusTable(run) {
  return table(`CPUs, ${run.label}: first dates, and what the time of the whole run went to`,
    [['CPU'], ['socket', 'n'], ['core', 'n'], ['prepared', 'n'], ['kicked', 'n'], ['idle loop', 'n'], ['online', 'n'], ['time'],
      ['useful', 'n'], ['spinning', 'n'], ['sleeping', 'n'], ['idle', 'n'], ['stopped', 'n']],
    run.order.map(cpu => {
      const first = {};
      for (let i = run.stageFirst[cpu], at = 0; i < run.stageFirst[cpu + 1]; ++i) {
        first[STAGES[run.stage[i]]] ??= at;
        at = run.stageUntil[i];
      }
      return [`CPU ${cpu}`, String(run.machine.socket[cpu]), String(run.machine.core[cpu]), ...['prepared', 'booting', 'section', 'up'].map(s => first[s] === undefined ? '–' : duration(first[s])),
        ledgerBar(run.json.ledgers[cpu]), ...run.json.ledgers[cpu].map(duration)];
    }));
}
