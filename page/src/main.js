// The page: reads its data, and puts summary, picture, panel and tables together.
import {tablesBelow} from './below.js';
import {
  campaignTables,
  comparisonTables,
  diffTables,
  explainTables,
  runTables
} from './command_tables.js';
import {element} from './dom.js';
import {factsOf} from './facts.js';
import {hashOf, onHash, readHash, writeHash} from './hash.js';
import {legend} from './legend.js';
import {readRun, titleOf} from './run.js';
import {rollbacks} from './run_tables.js';
import {fill, Timeline} from './timeline.js';
import {grouped, readable} from './units.js';

const MANY = 48;  // CPUs: a failure of one is lost among them
const data = JSON.parse(document.getElementById('data').textContent);
const page = document.getElementById('page');
const loading = document.getElementById('loading');
const view = readHash();
const groups = new Map();  // number -> its runs, as far as they were read
let timeline, runs = [], tables, summary, machine, panel, status, finder, controls;

function applyTheme() {
  if (view.theme)
    document.documentElement.dataset.theme = view.theme;
  else
    delete document.documentElement.dataset.theme;
  document.querySelector('#theme')?.setAttribute('aria-pressed', String(isDark()));
  timeline?.recolour();
}
const isDark = () =>
    view.theme ? view.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;

function changed() {
  writeHash(view);
  showRange();
  showPressed();
}

function showPressed() { controls?.busy.setAttribute('aria-pressed', String(Boolean(view.busy))); }

async function runsOf(number) {
  if (!groups.has(number)) groups.set(number, Promise.all(data.groups[number].runs.map(readRun)));
  return groups.get(number);
}

// --- heading and summary

function heading() {
  const theme = element(
      'button', {
        id: 'theme',
        type: 'button',
        title: 'Light or dark',
        onclick: () => {
          view.theme = isDark() ? 'light' : 'dark';
          applyTheme();
          changed();
        }
      },
      'Dark');
  const link = element(
      'button', {type: 'button', title: 'Copy a link to exactly this view', onclick: copyLink},
      'Copy link');
  return element(
      'header', {},
      element(
          'div', {class: 'title'}, element('h1', {}, data.title),
          element('p', {class: 'subtitle'}, data.subtitle), machine),
      element('div', {class: 'buttons'}, link, theme));
}

async function copyLink() {
  const address = location.href.split('#')[0] + hashOf(view);
  history.replaceState(null, '', hashOf(view));
  try {
    await navigator.clipboard.writeText(address);
    say('The link is on the clipboard.');
  } catch {
    say('The link is in the address bar.');
  }
}

function say(text) { status.textContent = text; }

function summaryTables() {
  const d = data.document;
  if (data.command === 'compare')
    return comparisonTables(d.comparisons ? d.comparisons[view.group] : d, runs);
  if (data.command === 'faults') return campaignTables(d, data.groups, n => openGroup(n));
  if (data.command === 'run') return runTables(d, runs[0]);
  if (data.command === 'explain') return explainTables(d, runs[0]);
  if (data.command === 'diff') return diffTables(d);
  return [];
}

// --- the picture's surroundings

const button = (text, title, onclick, more = {}) =>
    element('button', {type: 'button', title, onclick, ...more}, text);

/// A box for what may be drawn over the lanes.
function toggled(key, text) {
  return element(
      'label', {class: 'check'}, element('input', {
        type: 'checkbox',
        onchange: e => {
          view[key] = e.currentTarget.checked ? 1 : 0;
          timeline.draw();
          changed();
        }
      }),
      text);
}

function toolbar() {
  const t = timeline;
  controls = {
    group: data.groups.length > 1
        ? element(
              'select', {
                'aria-label': 'What is shown',
                onchange: e => openGroup(Number(e.currentTarget.value))
              },
              data.groups.map(
                  (g, i) => element('option', {value: i, selected: i === view.group}, g.label)))
        : null,
    runs: element('span', {class: 'runs'}),
    range: element('output', {class: 'range'}),
    chain: toggled('chain', 'critical chain'),
    handshakes: toggled('handshakes', 'handshakes'),
    bringup: button('Bring-up', 'Zoom to the bring-up', showBringup),
    fault: button('Fault', 'Zoom to the first failure', showFault),
    busy: button('Busy', 'Only the CPUs that do something in view (b)', () => t.onlyBusy()),
    find: element('input', {
      type: 'search',
      placeholder: 'Find a step or phase',
      'aria-label': 'Find a step, state or phase',
      value: view.q,
      oninput: e => {
        view.q = e.currentTarget.value;
        find();
        changed();
      }
    }),
  };
  finder = element('output', {class: 'found'});
  return element(
      'div', {class: 'toolbar', role: 'toolbar', 'aria-label': 'Timeline'},
      data.command === 'compare' ? null : controls.group,
      element(
          'span', {class: 'set'},
          button('−', 'Zoom out (−)', () => t.zoomBy(1 / 1.6), {'aria-label': 'Zoom out'}),
          button('+', 'Zoom in (+)', () => t.zoomBy(1.6), {'aria-label': 'Zoom in'}),
          button('All', 'Everything (0)', () => t.everything()), controls.bringup, controls.fault),
      element(
          'span', {class: 'set'}, button('Flatter', 'Flatter lanes (L)', () => t.taller(1 / 1.5)),
          button('Taller', 'Taller lanes (l)', () => t.taller(1.5)), controls.busy),
      controls.runs, controls.chain, controls.handshakes, controls.find, finder);
}

function runSwitches() {
  if (runs.length < 2) return controls.runs.replaceChildren();
  const hidden = new Set(view.hidden.split(',').filter(Boolean));
  controls.runs.replaceChildren(...runs.map(
      (run, i) => element(
          'label', {class: 'check'}, element('input', {
            type: 'checkbox',
            checked: !hidden.has(String(i)),
            onchange: e => {
              if (e.currentTarget.checked)
                hidden.delete(String(i));
              else
                hidden.add(String(i));
              view.hidden = [...hidden].sort().join(',');
              timeline.show(runs);
              changed();
            }
          }),
          run.label)));
}

function showRange() {
  if (!controls || !timeline.layout) return;
  const [t0, t1] = timeline.x.domain();
  controls.range.textContent =
      `${readable(Math.max(0, Math.round(t0)))} – ${readable(Math.round(t1))}`;
}

function showBringup() {
  const most = Math.max(...timeline.runs.map(r => r.json.bringup_ns));
  timeline.go([-most * 0.005, most * 1.02]);
}

/// The first failure, with what led to it and the way back.
function showFault() {
  const run = timeline.runs.find(r => r.faults.length);
  if (!run) return;
  const back = rollbacks(run), at = run.faults[0].time;
  const op = run.json.operations.find(o => o.begin_ns <= at && (o.end_ns ?? run.end) >= at);
  const begin = op ? Math.max(op.begin_ns, at - 4e6) : at - 1e5;
  const end = op?.end_ns ? Math.min(op.end_ns, at + 4e6)
      : back.length      ? run.begin[back.at(-1)] + run.duration[back.at(-1)]
                         : at + 1e5;
  const length = Math.max(1000, end - begin);
  timeline.go([begin - length * 0.04, begin + length * 1.04]);
  timeline.onlyBusy(run.nr > MANY ? [begin, end] : null);
}

function find() {
  const q = view.q.trim().toLowerCase();
  if (!q) {
    timeline.matcher = null;
    finder.textContent = '';
    return timeline.draw();
  }
  let n = 0, sum = 0;
  const per = new Map();
  for (const run of timeline.runs) {
    const hits = new Set();
    run.shapes.forEach((s, i) => {
      if (`${titleOf(s)}\n${s.state}\n${s.step ?? ''}\n${s.kind}`.toLowerCase().includes(q))
        hits.add(i);
    });
    per.set(run, hits);
    for (let i = 0; i < run.shape.length; ++i)
      if (hits.has(run.shape[i])) {
        ++n;
        sum += run.duration[i];
      }
  }
  timeline.matcher = per;
  finder.textContent = n ? `${grouped(n)} found, ${readable(sum)} in all` : 'nothing found';
  timeline.draw();
}

function chose(selection) {
  panel.hidden = !selection;
  if (!selection) return;
  fill(panel, factsOf(selection.run, selection.index));
  panel.append(element(
      'p', {}, button('Zoom to it', 'Enter', () => timeline.zoomTo(selection)), ' ',
      button('‹', 'The one before (p)', () => timeline.step(-1), {'aria-label': 'The one before'}),
      ' ', button('›', 'The next one (n)', () => timeline.step(1), {'aria-label': 'The next one'}),
      ' ', button('Close', 'Escape', () => timeline.choose(null))));
}

const KEYS =
    [
      '← → pan (Shift: further)', '+ − zoom', '↑ ↓ scroll', 'l L taller, flatter lanes',
      'b only busy CPUs', 'n p next, previous step', 'Enter zooms to it', 'c critical chain',
      'h handshakes', '0 everything'
    ].join(' · ') +
    '. Mouse: drag pans, Ctrl + wheel zooms, Shift + wheel pans, Alt + wheel changes ' +
    'the lanes, a click chooses, a double click zooms to a step.';

// --- together

async function openGroup(number) {
  Object.assign(view, {group: number, t: null, y: 0, h: 'fit', busy: null, hidden: '', sel: ''});
  await showGroup(true);
  changed();
}

async function showGroup(fresh) {
  if (!(view.group in data.groups)) view.group = 0;
  runs = data.groups.length ? await runsOf(view.group) : [];
  summary.replaceChildren(...summaryTables());
  if (!runs.length) return;
  const pictured = severalSeeds() ? 'Pictured: ' : '';
  machine.textContent = pictured + [...new Set(runs.map(r => r.machine.text))].join('; ');
  timeline.selected = timeline.hovered = null;
  timeline.show(runs);
  showPressed();
  runSwitches();
  if (controls.group) controls.group.value = String(view.group);
  for (const [key, has] of [
           ['chain', r => r.chains.length], ['handshakes', r => r.handshakes.length]]) {
    controls[key].hidden = !runs.some(has);
    controls[key].firstChild.checked = Boolean(view[key]);
  }
  controls.bringup.hidden = data.command === 'faults' || !runs.some(r => r.json.bringup_ns > 0);
  controls.fault.hidden = !runs.some(r => r.faults.length);
  document.querySelector('.legend')?.replaceWith(legend(runs));
  tables.replaceChildren(...tablesBelow(runs, data, timeline));
  if (fresh && !view.t) firstView();
  restoreSelection();
  find();
  showRange();
}

/// Of several seeds the first is pictured, and the numbers above are of all.
function severalSeeds() {
  const d = data.document;
  return data.command === 'compare' &&
      Boolean((d.comparisons ? d.comparisons[view.group] : d).means);
}

/// What a reader wants to see first.
function firstView() {
  if (data.command === 'faults' && runs.some(r => r.faults.length)) return showFault();
  const most = Math.max(...runs.map(r => r.json.bringup_ns));
  const end = Math.max(...runs.map(r => r.end));
  if (most > 0 && most < 0.6 * end && runs.every(r => r.json.operations.length === 1))
    showBringup();
}

function restoreSelection() {
  const [run, index] = view.sel.split(':').map(Number);
  if (view.sel && runs[run] && index < runs[run].begin.length)
    timeline.choose({run: runs[run], index});
  else
    chose(null);
}

async function start() {
  document.title = `${data.title} – cpuhp-sim ${data.command}`;
  status = element('p', {role: 'status', 'aria-live': 'polite', class: 'status'});
  machine = element('p', {class: 'machine'});
  summary = element('section', {class: 'summary', 'aria-label': 'Summary'});
  panel =
      element('aside', {class: 'panel facts-list', hidden: true, 'aria-label': 'The chosen step'});
  tables = element('section', {class: 'tables', 'aria-label': 'Tables'});
  timeline = new Timeline(view, {changed, chose, say});
  timeline.toggle = key => controls[key].firstChild.click();
  const tools = data.groups.length ? toolbar() : null;
  page.append(heading());
  if (data.command === 'compare' && controls.group)  // it chooses the summary, too
    page.append(
        element('p', {class: 'chooser'}, element('label', {}, 'Scenario: ', controls.group)));
  page.append(summary);
  if (data.groups.length)
    page.append(
        element(
            'section', {class: 'picture', 'aria-label': 'Picture'}, tools,
            element('div', {class: 'legend'}), timeline.frame, status,
            element('p', {class: 'keys'}, 'In view: ', controls.range), panel,
            element('p', {id: 'keys', class: 'keys'}, KEYS)),
        tables);
  page.append(element(
      'footer', {},
      element(
          'p', {}, 'Made by ', element('code', {}, data.repeat),
          ` (${data.program}). The numbers are those of --format json.`)));
  document.body.append(timeline.box);
  applyTheme();
  await showGroup(!view.t);
  loading.remove();
  onHash(async next => {
    const again = next.group !== view.group;
    Object.assign(view, next);
    applyTheme();
    await showGroup(again && !next.t);
  });
  window.cpuhpReport =
      {timeline, view, runs: () => runs, link: () => hashOf(view)};  // for the tests of this page
  requestAnimationFrame(() => performance.mark('drawn'));
}

start().catch(error => {
  loading.remove();
  page.append(element(
      'p', {class: 'bad'},
      `This report cannot be shown here: ${error.message}. It needs a browser of 2024 or later.`));
  throw error;
});
