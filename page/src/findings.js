// What a finding says of itself.
import {element} from './dom.js';
import {duration} from './tables.js';

const line = (label, ...what) =>
    element('div', {}, element('span', {class: 'label'}, `${label}: `), ...what);

/// "I5 of a, b": what follows, by invariant; of a campaign it is counted in runs.
function followers(list) {
  const byInvariant = new Map();
  for (const f of list) {
    if (!byInvariant.has(f.invariant)) byInvariant.set(f.invariant, new Set());
    if (f.place) byInvariant.get(f.invariant).add(f.place);
  }
  return [
    ...byInvariant
  ].map(([invariant, places]) => invariant + (places.size ? ` of ${[...places].join(', ')}` : ''))
      .join('; ');
}

const countOf = list => list.reduce((sum, f) => sum + (f.runs ?? 1), 0);

/// Its sentence, and below it where it was, the faults, what should be, the events, what follows.
export function findingCell(f) {
  const again = f.follows.filter(one => one.why === 'again');
  const others = f.follows.filter(one => one.why !== 'again');
  return element(
      'div', {class: 'finding'}, element('div', {}, f.text), f.where && line('where', f.where),
      f.faults.map(fault => line('fault', fault)),
      f.wanted && line('should', `${f.wanted}${f.source ? ` (${f.source})` : ''}`),
      f.events.length > 0 &&
          element(
              'ol', {class: 'events'},
              f.events.map(
                  e => element(
                      'li', {class: e.here ? 'here' : null}, duration(e.time_ns), ' ', e.text))),
      again.length > 0 && line('again', `${countOf(again)} more`),
      others.length > 0 && line('follows', `${countOf(others)}: ${followers(others)}`));
}
