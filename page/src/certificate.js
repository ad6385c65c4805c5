// The certificate of a campaign: which faults struck where, what was never put to the test.
import {element} from './dom.js';
import {folded, number, table} from './tables.js';
import {grouped} from './units.js';

/// "3/8": struck 3 of 8 times. A dot with the reason where no fault can strike.
function mark(cell, why) {
  if (!cell) return element('span', {class: 'impossible', title: why ?? 'no such fault here'}, '·');
  const back = cell.back.map(b => `${b.runs} × ${b.to}`).join(', ');
  const rested = cell.never_rested ? `${cell.never_rested} never rested` : '';
  const title = [`the CPU rested next in: ${back || 'nowhere'}`, rested].filter(Boolean).join('; ');
  const text = cell.struck === cell.sites ? number(cell.sites)
                                          : element('b', {}, `${cell.struck}/${cell.sites}`);
  return element('span', {class: cell.struck === cell.sites ? 'struck' : 'left', title}, text);
}

const ofCallback = place => / (up|down)$/.test(place);

/// Places by the kinds of faults that can be tried at one of them.
function grid(caption, cells, reasons, chosen) {
  const at = new Map(), why = new Map(), places = new Set(), kinds = new Set();
  for (const cell of cells.filter(c => chosen(c.place))) {
    at.set(`${cell.place}\n${cell.kind}`, cell);
    places.add(cell.place);
    kinds.add(cell.kind);
  }
  for (const r of reasons)
    for (const place of r.places.filter(chosen)) {
      places.add(place);
      for (const kind of r.kinds) {
        why.set(`${place}\n${kind}`, r.why);
        kinds.add(kind);
      }
    }
  const row = place => [...kinds].map(kind => {
    const key = `${place}\n${kind}`;
    return mark(at.get(key), why.get(key));
  });
  return table(
      caption, [['place'], ...[...kinds].map(kind => [kind.replaceAll('_', ' '), 'n'])],
      [...places].map(place => [place, ...row(place)]));
}

/// The matrix of one design.
function matrix(c, design) {
  const cells = c.cells.filter(x => x.design === design);
  const reasons = c.impossible.filter(x => x.design === design);
  const left = cells.reduce((n, x) => n + x.sites - x.struck, 0);
  const how = 'a number: each time that a CPU passes the place; in bold: not all of these times; ' +
      'a dot says why not';
  return folded(
      `${design}: ${left ? `${grouped(left)} left` : 'no site left'}; places and kinds`,
      cells.length,
      () =>
          [grid(`Faults of callbacks that struck (${how})`, cells, reasons, ofCallback),
           grid('Faults of handshakes', cells, reasons, place => !ofCallback(place))]);
}

function invariants(c) {
  const never = c.invariants.filter(i => i.runs === 0);
  return folded(
      `Invariants, ${never.length} of which never had anything to judge`, c.invariants.length,
      () => table(
          'In how many runs an invariant had something to judge',
          [['invariant'], ['runs', 'n'], ['what it needs']],
          [...c.invariants]
              .sort((a, b) => a.runs - b.runs)
              .map(i => [i.name, i.runs ? number(i.runs) : element('b', {}, 'never'), i.needs])));
}

function turns(c) {
  const never = c.turns.filter(t => t.runs === 0);
  return folded(
      `Where walks turned back${never.length ? `; at ${never.length} places never` : ''}`,
      c.turns.length,
      () => table(
          'A step failed, and the walk turned: where the CPU then rested',
          [['design'], ['at'], ['on the way'], ['runs', 'n'], ['rested in']],
          c.turns.map(
              t =>
                  [t.design, t.at, t.direction, t.runs ? number(t.runs) : element('b', {}, 'never'),
                   t.back.map(b => `${b.to} (${b.runs})`).join(', ') || '–'])));
}

/// What `faults` says besides how its runs came out; nothing, if the campaign has no certificate.
export function certificateTables(c) {
  if (!c) return [];
  const designs = [...new Set([...c.cells, ...c.impossible].map(x => x.design))];
  const text = c.left === 0 ? `All ${grouped(c.sites)} sites were struck: no site left.`
                            : `${grouped(c.struck)} of ${grouped(c.sites)} sites were struck, ${
                                  grouped(c.left)} are left.`;
  return [
    element('p', {class: c.left === 0 ? 'good' : 'machine'}, text),
    ...designs.map(design => matrix(c, design)), invariants(c), turns(c)
  ];
}
