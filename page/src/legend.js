// What the colours and lines of the picture mean; of what runs, only what is there.
import {element} from './dom.js';
import {CATEGORIES} from './run.js';

const LEGEND = {
  prepare: 'PREPARE step',
  starting: 'STARTING step',
  online: 'ONLINE step',
  rollback: 'rolled back',
  phase: 'hardware, core',
  spin: 'spins',
  sleep: 'sleeps',
  stop: 'stop_machine',
  interrupt: 'interrupt'
};
const STAGE_LEGEND = {
  prepared: 'prepared',
  booting: 'booting, dying',
  section: 'ONLINE section',
  up: 'online'
};
const TIME_LEGEND = {
  useful: 'useful',
  spinning: 'spinning',
  sleeping: 'sleeping',
  idle: 'idle',
  stopped: 'stopped'
};


export function legend(runs) {
  const used = new Set();
  for (const run of runs) {
    run.category.forEach(c => used.add(CATEGORIES[c]));
  }
  const item = (mark, text) => element('li', {}, element('i', {class: mark}), text);
  const list = (title, items) => element('ul', {}, element('li', {class: 'what'}, title), items);
  return element(
      'div', {class: 'legend', 'aria-label': 'Key'},
      list('runs here', CATEGORIES.filter(c => used.has(c)).map(c => item(`c-${c}`, LEGEND[c]))),
      list('the CPU is', Object.entries(STAGE_LEGEND).map(([s, text]) => item(`s-${s}`, text))),
      list('CPU\'s time', Object.entries(TIME_LEGEND).map(([s, text]) => item(`l-${s}`, text))),
      element(
          'ul', {class: 'marks'},
          runs.some(r => r.chains.length) ? item('m-chain', 'critical chain') : null,
          runs.some(r => r.handshakes.length) ? item('m-handshake', 'handshake') : null,
          runs.some(r => r.faults.length)
              ? element('li', {}, element('b', {class: 'm-fault'}, '✕'), 'failure')
              : null));
}
