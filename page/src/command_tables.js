// What --format json prints, command by command: the tables above the picture.
import {certificateTables} from './certificate.js';
import {element} from './dom.js';
import {findingCell} from './findings.js';
import {duration, folded, ledgerBar, number, table} from './tables.js';
import {percent, readable} from './units.js';

/// A time in a line of `compare` or `run`: one figure, a range, or neither.
function timeOf(r, key) {
  const range = r[key + '_range_ns'];
  if (r.no_figure) return element('span', {title: r.no_figure}, 'no figure');
  if (!range) return duration(r[key + '_ns']);
  return element('span', {title: r.why_range}, duration(range.low), ' to ', duration(range.high));
}

function factorOf(r) {
  const f = r.speedup_range ?? {low: r.speedup, high: r.speedup};
  if (f.low === null) return '–';
  const text =
      f.low === f.high ? `${f.low.toFixed(2)}×` : `${f.low.toFixed(2)}× to ${f.high.toFixed(2)}×`;
  return element('data', {value: f.low}, text);
}

/// Says why a time is a range, or why there is none.
function whyRange(r) {
  const why = r.no_figure ? `no figure: ${r.no_figure}` : r.why_range;
  return why ? [element('p', {class: 'machine'}, `${r.design}: ${why}`)] : [];
}

const ledgerOf = c => [c.useful_ns, c.spinning_ns, c.sleeping_ns, c.idle_ns, 0];

/// A design's line of `compare`.
export function comparisonTables(comparison, runs) {
  const tables = [];
  const several = new Set(comparison.runs.map(r => r.seed)).size > 1;
  const background = comparison.runs.some(r => r.background_left_ns !== null);
  const rows = comparison.runs.map(r => {
    const pictured = runs.find(p => p.json.design === r.design && p.json.seed === r.seed);
    const parts = pictured ? pictured.json.control_cpu : ledgerOf(r.control_cpu);
    const c = r.control_cpu;
    return [
      r.design, several ? String(r.seed) : null, timeOf(r, 'bringup'), factorOf(r),
      timeOf(r, 'boot'), ledgerBar(parts), duration(c.useful_ns), duration(c.spinning_ns),
      duration(c.sleeping_ns), duration(c.idle_ns), `${r.online} of ${r.cpus}`, number(r.events),
      element('code', {}, r.digest), ...(background ? [duration(r.background_left_ns)] : [])
    ].filter((_, i) => several || i !== 1);
  });
  const columns = [
    ['design'], ['seed', 'n'], ['bring-up', 'n'], ['speed-up', 'n'], ['boot', 'n'],
    ['control CPU\'s time until the boot is done'], ['useful', 'n'], ['spinning', 'n'],
    ['sleeping', 'n'], ['idle', 'n'], ['online', 'n'], ['events', 'n'], ['digest'],
    ...(background ? [['background left', 'n']] : [])
  ].filter((_, i) => several || i !== 1);
  const all =
      table(`The designs; speed-up compared with ${comparison.baseline}`, columns, rows, 'key');
  tables.push(several ? folded('Every run', rows.length, () => all) : all);
  if (comparison.paired)
    tables.unshift(overSeeds(
        `Compared with ${comparison.baseline}, seed by seed: mean difference [95 % confidence]`,
        comparison.paired));
  if (comparison.means)
    tables.unshift(
        overSeeds('The designs, over all seeds: mean [95 % confidence]', comparison.means));
  for (const r of several ? [] : comparison.runs) tables.push(...whyRange(r));
  if (comparison.to_record)
    tables.push(element('p', {class: 'machine'}, `To know more, record ${comparison.to_record}.`));
  for (const note of comparison.notes ?? []) tables.push(element('p', {class: 'machine'}, note));
  return tables;
}

/// A line a design: means and intervals.
function overSeeds(title, list) {
  const rounded = ns => readable(Math.round(ns));
  const mean = m => m ? [rounded(m.mean), ` [${rounded(m.low)}, ${rounded(m.high)}]`] : '–';
  return table(
      title, [['design'], ['seeds', 'n'], ['bring-up', 'n'], ['boot', 'n']],
      list.map(
          one =>
              [one.end ? `${one.design}, ${one.end} end` : one.design, number(one.seeds),
               element('span', {}, mean(one.bringup_ns)), element('span', {}, mean(one.boot_ns))]),
      'key');
}

export function runTables(d, run) {
  const c = d.control_cpu;
  const tables = [table(
      'The run',
      [
        ['design'], ['outcome'], ['bring-up', 'n'], ['boot', 'n'], ['run', 'n'],
        ['control CPU\'s time until the boot is done'], ['useful', 'n'], ['spinning', 'n'],
        ['sleeping', 'n'], ['idle', 'n'], ['online', 'n'], ['events', 'n'], ['digest']
      ],
      [[
        d.design, d.outcome, timeOf(d, 'bringup'), timeOf(d, 'boot'), duration(d.end_ns),
        ledgerBar(run.json.control_cpu), duration(c.useful_ns), duration(c.spinning_ns),
        duration(c.sleeping_ns), duration(c.idle_ns), `${d.online} of ${d.cpus}`, number(d.events),
        element('code', {}, d.digest)
      ]],
      'key')];
  tables.push(...whyRange(d));
  if (d.panic) tables.push(element('p', {class: 'bad'}, `The kernel panicked: ${d.panic}`));
  if (d.hung.length)
    tables.push(table(
        'Tasks that nobody can wake',
        [['task'], ['on CPU', 'n'], ['waits for'], ['of CPU', 'n'], ['since', 'n']],
        d.hung.map(
            h =>
                [h.role, String(h.on), h.waits_for, h.cpu === undefined ? '–' : String(h.cpu),
                 duration(h.since_ns)]),
        'bad'));
  const broken = d.expect.filter(e => !e.holds);
  if (broken.length)
    tables.push(table(
        'Expected, and not so', [['what'], ['expected'], ['found']],
        broken.map(e => [e.what, String(e.expected), String(e.found)]), 'bad'));
  if (d.findings.length)
    tables.push(table(
        'Broken invariants', [['invariant'], ['date', 'n'], ['CPU', 'n'], ['what']],
        d.findings.map(f => [f.invariant, duration(f.time_ns), f.cpu ?? '–', findingCell(f)]),
        'bad'));
  return tables;
}

export function campaignTables(d, cases, open) {
  const outcomes = ['ok', 'error', 'hang', 'panic', 'crash'];
  const shown = (row, outcome) => {
    const n = row[outcome];
    const at = cases.findIndex(c => c.key === `${row.design} ${row.faults} ${outcome}`);
    return n === 0 ? '–'
        : at < 0   ? number(n)
                   : element(
                         'a', {
                           href: `#group=${at}`,
                         title: 'See the first of them',
                         onclick: e => {
                             e.preventDefault();
                             open(at);
                         }
                         },
                         number(n));
  };
  const runs = table(
      'How the runs came out; a number leads to the first of them',
      [
        ['design'], ['fault'], ['runs', 'n'], ...outcomes.map(o => [o, 'n']), ['with findings', 'n']
      ],
      d.rows.map(
          r =>
              [r.design, r.faults, number(r.runs), ...outcomes.map(o => shown(r, o)),
               r.with_findings ? number(r.with_findings) : '–']),
      'key');
  runs.classList.add('tall');
  const findings = d.findings.length
      ? table(
            'Findings',
            [
              ['invariant'], ['place'], ['CPU', 'n'], ['runs', 'n'], ['designs'], ['what'],
              ['repeat']
            ],
            d.findings.map(
                f =>
                    [f.invariant, f.place, f.cpu ?? '–', number(f.runs), f.designs.join(', '),
                     findingCell(f), f.repeat ? element('code', {}, f.repeat) : '–']),
            'bad')
      : element('p', {class: 'good'}, 'No findings: the machine survives all of them.');
  return [element('div', {class: 'beside'}, runs, findings), ...certificateTables(d.certificate)];
}

/// `explain`: causes, what-if, what stands out.
export function explainTables(d, run) {
  const share = ns => percent(ns, d.total_ns);
  const left = [table(
      `${d.explained.what}: ${readable(d.total_ns)}, and what it goes to`,
      [['cause'], ['time', 'n'], ['share', 'n']],
      d.causes.map(c => [c.text, duration(c.time_ns), share(c.time_ns)]), 'key causes')];
  const w = d.what_if;
  if (w?.rows?.length)
    left.push(table(
        `What if it were cheaper? Each is a run of its own; as it is: ${readable(w.baseline_ns)}`,
        [['what'], ['kind'], ['at 50 %', 'n'], ['gain', 'n'], ['at 0 %', 'n'], ['gain', 'n']],
        w.rows.map(
            r =>
                [r.name, r.kind, duration(r.half_ns), gain(w.baseline_ns, r.half_ns),
                 duration(r.free_ns), gain(w.baseline_ns, r.free_ns)]),
        'key'));
  if (w?.own_ns !== undefined && w.own_ns !== null)
    left.push(element('p', {}, 'With the costs of --what-if: ', duration(w.own_ns)));
  const outliers = d.blame.outliers;
  if (outliers.length)
    left.push(table(
        'Single occurrences that stand out',
        [
          ['what'], ['kind'], ['CPU', 'n'], ['start', 'n'], ['took', 'n'], ['elsewhere', 'n'],
          ['place']
        ],
        outliers.map(
            o =>
                [o.name, o.kind, String(o.cpu), duration(o.begin_ns), duration(o.duration_ns),
                 duration(o.median_ns), o.place || '–']),
        'key'));
  const blame = folded(
      'Blame: what costs, without what is inside of it', d.blame.rows.length,
      () => table(
          'Blame, over all CPUs',
          [
            ['what'], ['kind'], ['times', 'n'], ['sum', 'n'], ['median', 'n'], ['longest', 'n'],
            ['of'], ['on the critical chain', 'n']
          ],
          d.blame.rows.map(
              r =>
                  [r.name, r.kind, number(r.count), duration(r.sum_ns), duration(r.median_ns),
                   duration(r.largest_ns),
                   r.largest_cpu === null || r.largest_cpu === undefined ? '–'
                                                                         : `CPU ${r.largest_cpu}`,
                   duration(r.on_chain_ns)])));
  return [
    element('div', {class: 'beside'}, left), blame,
    ...(d.notes ?? []).map(note => element('p', {class: 'machine'}, note))
  ];
}

const gain = (whole, ns) => ns === undefined || ns === null ? '–' : percent(whole - ns, whole);

const CHANGES = 6;  // above the picture

const change = ns => element(
    'data',
    {value: ns,
     class: ns > 0 ? 'more'
         : ns < 0  ? 'less'
                   : null},
    ns > 0 ? `+${readable(ns)}`
        : ns < 0 ? `−${readable(-ns)}`
                 : '0');

function changesTable(title, list) {
  return table(
      title,
      [
        ['what'], ['kind'], ['A', 'n'], ['B', 'n'], ['B − A', 'n'], ['times in A', 'n'],
        ['in B', 'n']
      ],
      list.map(
          r =>
              [r.name || `CPU ${r.cpu}`, (r.kind ?? 'CPU').replaceAll('_', ' '), duration(r.a_ns),
               duration(r.b_ns), change(r.delta_ns), number(r.count_a), number(r.count_b)]),
      'key');
}

const byChange = list => [...list].sort((x, y) => Math.abs(y.delta_ns) - Math.abs(x.delta_ns));

/// `diff`: totals, what changed most, the first event that differs.
export function diffTables(d) {
  const totals = table(
      'Totals',
      [
        ['side'], ['what'], ['kernel'], ['compared', 'n'], ['around that', 'n'],
        ['critical chain', 'n'], ['of']
      ],
      [['A', d.a], ['B', d.b]].map(
          ([side, s]) =>
              [side, s.label, s.kernel || '–', duration(s.total_ns), duration(s.outside_ns),
               duration(s.chain_total_ns), s.chain_of]),
      'key');
  const most = byChange([...d.phases, ...d.steps, ...d.waits]).slice(0, CHANGES);
  return [
    element(
        'div', {class: 'beside'}, totals,
        most.length ? changesTable('What changed most', most) : []),
    d.first ? folded(
                  `The first event that differs: CPU ${d.first.cpu}, ${d.first.why}`, null,
                  () => firstTable(d.first))
            : []
  ].flat();
}

const firstTable = first => element(
    'div', {class: 'beside'},
    [['A', first.context_a], ['B', first.context_b]].map(
        ([side, lines]) => element(
            'figure', {}, element('figcaption', {}, side), element('pre', {}, lines.join('\n')))));

/// Everything that changed.
export function diffDetails(d) {
  const lists = [
    ['Phases', d.phases], ['Steps', d.steps], ['Waits', d.waits], ['CPUs', d.cpus]
  ].filter(([, list]) => list.length);
  const details = lists.map(
      ([title, list]) =>
          folded(`${title}, A against B`, list.length, () => changesTable(title, byChange(list))));
  if (d.states.length)
    details.push(folded(
        'States that only one side has, or with other callbacks', d.states.length,
        () => table(
            'States', [['state'], ['in A'], ['in B'], ['callbacks in A'], ['callbacks in B']],
            d.states.map(
                s =>
                    [s.name, s.in_a ? 'yes' : 'no', s.in_b ? 'yes' : 'no', s.callbacks_a || '–',
                     s.callbacks_b || '–']))));
  return details;
}
