// What all tables are made of: rows, durations, ledgers as bars, and folds.
import {element} from './dom.js';
import {exact, grouped, percent, readable} from './units.js';

export const duration = ns => ns === undefined || ns === null
    ? '–'
    : element('data', {value: ns, title: exact(ns)}, readable(ns));

export const number = n => element('data', {value: n}, grouped(n));

/// columns: [title, class]; rows: arrays of what goes into cells.
export function table(caption, columns, rows, kind = '') {
  const cell = (value, i) => element(
      i === 0 ? 'th' : 'td', {class: columns[i][1] ?? null, scope: i === 0 ? 'row' : null},
      value ?? '–');
  return element(
      'div', {class: 'wide'},
      element(
          'table', {class: kind}, element('caption', {}, caption),
          element(
              'thead', {},
              element(
                  'tr', {},
                  columns.map(
                      ([title, c]) => element('th', {scope: 'col', class: c ?? null}, title)))),
          element('tbody', {}, rows.map(row => element('tr', {}, row.map(cell))))));
}

const PRINTED = 130;  // rows

/// Filled when it is opened; printed while it is not too long.
export function folded(title, rows, make, open = false) {
  const body = element('div');
  const node = element(
      'details', {open},
      element(
          'summary', {}, title,
          rows === null ? '' : element('span', {class: 'count'}, ` ${grouped(rows)}`)),
      body);
  let made = false;
  const now = () => {
    if (!made) {
      made = true;
      body.append(...[make()].flat());
    }
  };
  node.addEventListener('toggle', () => {
    if (node.open) now();
  });
  if (open) now();
  addEventListener('beforeprint', () => {
    if ((rows ?? 0) <= PRINTED) {
      now();
      node.open = true;
    }
  });
  return node;
}

export function ledgerBar(parts) {
  const whole = parts.reduce((a, b) => a + b, 0);
  const names = ['useful', 'spinning', 'sleeping', 'idle', 'stopped'];
  const text = names.map((name, i) => `${name} ${percent(parts[i], whole)}`)
                   .filter((_, i) => parts[i] > 0)
                   .join(', ');
  return element(
      'span', {class: 'bar', role: 'img', 'aria-label': text, title: text}, names.map((name, i) => {
        const part = element('i', {class: `l-${name}`});
        part.style.width = `${whole ? 100 * parts[i] / whole : 0}%`;
        return part;
      }));
}
