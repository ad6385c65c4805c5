// The tables below the picture: they hold what it shows.
import {diffDetails} from './command_tables.js';
import {element} from './dom.js';
import {
  blameTable,
  bystandersTable,
  chainShares,
  chainTable,
  cpusTable,
  faultsTable,
  handshakeTable,
  operationsTable,
  rollbacks,
  rollbackTable,
  stepRows
} from './run_tables.js';
import {folded} from './tables.js';
import {exact, grouped, readable} from './units.js';

const ROWS_MAX = 500;

export function tablesBelow(runs, {command, document}, timeline) {
  const list = command === 'diff' ? diffDetails(document) : [];
  for (const run of runs) {
    if (run.json.operations.length)
      list.push(folded(
          `Operations, ${run.label}`, run.json.operations.length, () => operationsTable(run),
          runs.length === 1 && run.json.operations.length < 30));
    if (run.bystanders)
      list.push(folded(
          `Bystanders, ${run.label}`, run.json.operations.filter(o => o.bystanders).length,
          () => bystandersTable(run)));
    if (run.faults.length)
      list.push(folded(
          `Failures, ${run.label}`, run.faults.length, () => faultsTable(run),
          run.faults.length < 30));
    const back = rollbacks(run);
    if (back.length)
      list.push(folded(
          `Rolled back, ${run.label}`, back.length, () => rollbackTable(run), runs.length === 1));
    for (const chain of run.chains)
      list.push(folded(
          `Critical chain of ${chain.what}, ${run.label}: ${readable(chain.total)}`,
          chain.links.length, () => [chainShares(run, chain), chainTable(run, chain)],
          command === 'explain' && chain.begin + chain.total === document.explained.end_ns));
    const blame = blameTable(run);
    list.push(folded(`Steps, phases and waits, ${run.label}`, blame.rows, blame.make));
    list.push(folded(`CPUs, ${run.label}`, run.nr, () => cpusTable(run)));
    list.push(...seenTables(run, timeline));
  }
  return list;
}

/// What the picture shows at the moment; `collect` gives the places in order, `rows` the table.
function viewTable(timeline, title, what, collect, rows) {
  const body = element('div');
  const node = element('details', {}, element('summary', {}, title), body);
  const make = () => {
    const [t0, t1] = timeline.x.domain(), list = collect(t0, t1);
    const shown = list.slice(0, ROWS_MAX);
    body.replaceChildren(
        element(
            'p', {},
            `${exact(Math.max(0, Math.round(t0)))} to ${exact(Math.round(t1))}: ${
                grouped(list.length)} ${what}${
                list.length > shown.length
                    ? `, the first ${ROWS_MAX} of them here; zoom in for fewer`
                    : ''}. `,
            element(
                'button', {type: 'button', title: 'Of what is in view now', onclick: make},
                'Again')),
        rows(shown));
  };
  node.addEventListener('toggle', () => {
    if (node.open) make();
  });
  return node;
}

function seenTables(run, timeline) {
  const steps = (t0, t1) => {
    const list = [];
    for (let i = 0; i < run.begin.length; ++i)
      if (run.begin[i] <= t1 && run.begin[i] + run.duration[i] >= t0) list.push(i);
    return list.sort((a, b) => run.begin[a] - run.begin[b] || run.depth[a] - run.depth[b]);
  };
  const shaken = (t0, t1) => run.handshakes.filter(h => h.begin <= t1 && h.begin + h.ns >= t0);
  return [
    viewTable(
        timeline, `Every step in view, ${run.label}`, 'steps, phases and waits', steps,
        list => stepRows(run, `Steps in view, ${run.label}`, list)),
    run.handshakes.length
        ? viewTable(
              timeline, `Handshakes in view, ${run.label}`,
              'of kick, alive, release and completion', shaken,
              list => handshakeTable(run, `Handshakes in view, ${run.label}`, list))
        : []
  ].flat();
}
