// The picture: a canvas that stands still while the lanes scroll below it, an axis above, and all
// that mouse and keyboard do to it.
import {axisTop} from 'd3-axis';
import {scaleLinear} from 'd3-scale';
import {select} from 'd3-selection';
import {zoom, zoomIdentity} from 'd3-zoom';

import {lanesOf} from './busy.js';
import {element} from './dom.js';
import {draw} from './draw.js';
import {factsOf, linkAt, linkRows, markFacts, stageFacts} from './facts.js';
import {evenHeight, fitHeight, hasLane, laneTop, layOut, LEFT, placeAt, RIGHT} from './layout.js';
import {readPalette} from './palette.js';
import {CATEGORIES, sliceAt} from './run.js';
import {exact, readable, unitFor} from './units.js';

const AXIS = 34;
const TALLEST = 940;   // px, where that shows all
const NARROWEST = 20;  // ns across the picture

export class Timeline {
  /// `changed(view)` after anything that a link has to keep; `chose(selection)` after a choice.
  constructor(view, {changed, chose, say}) {
    Object.assign(
        this, {view, changed, chose, say, runs: [], weight: new Float64Array(CATEGORIES.length)});
    this.canvas = element('canvas', {'aria-hidden': 'true'});
    this.axis = element('svg:svg', {class: 'axis', 'aria-hidden': 'true', height: AXIS});
    this.box = element('div', {class: 'facts', role: 'presentation', hidden: true});
    this.stick = element('div', {class: 'stick'}, this.axis, this.canvas);
    this.spacer = element('div', {class: 'spacer'});
    this.hint =
        element('div', {class: 'hint', hidden: true}, 'Ctrl + wheel zooms, Shift + wheel pans');
    this.node = element(
        'div', {
          class: 'lanes',
          tabindex: 0,
          role: 'application',
          'aria-roledescription': 'timeline',
          'aria-describedby': 'keys'
        },
        this.stick, this.spacer);
    this.frame = element('div', {class: 'frame'}, this.node, this.hint);
    this.context = this.canvas.getContext('2d');
    this.base = scaleLinear();
    this.x = scaleLinear();
    this.zoom =
        zoom()
            .filter(e => e.type === 'wheel' ? e.ctrlKey || e.metaKey : !e.button && !e.shiftKey)
            .wheelDelta(
                e => -e.deltaY *
                    (e.deltaMode === 1 ? 0.05
                         : e.deltaMode ? 1
                                       : 0.002) *
                    (Math.abs(e.deltaY) < 40 ? 6 : 1))
            .on('zoom', e => this.zoomed(e));
    select(this.canvas).call(this.zoom).on('dblclick.zoom', null);
    this.listen();
  }

  listen() {
    this.node.addEventListener('scroll', () => {
      this.view.y = Math.round(this.node.scrollTop);
      this.draw();
      this.changed();
    });
    this.node.addEventListener('wheel', e => this.wheel(e), {passive: false});
    this.node.addEventListener('keydown', e => this.key(e));
    this.canvas.addEventListener('mousemove', e => this.hover(e));
    this.canvas.addEventListener('mouseleave', () => this.unhover());
    this.canvas.addEventListener('click', e => this.click(e));
    this.canvas.addEventListener('dblclick', e => this.zoomTo(this.at(e)));
    new ResizeObserver(() => this.resize()).observe(this.node);
    const themes = matchMedia('(prefers-color-scheme: dark)');
    themes.addEventListener('change', () => this.recolour());
    addEventListener('beforeprint', () => this.recolour());
    addEventListener('afterprint', () => this.recolour());
    matchMedia('print').addEventListener('change', () => this.recolour());
  }

  // --- what is shown

  /// All runs of the group; those of view.hidden are left out.
  show(runs) {
    this.all = runs;
    const hidden = new Set(this.view.hidden.split(',').filter(Boolean));
    this.runs = runs.filter((_, i) => !hidden.has(String(i)));
    if (!this.runs.length) this.runs = runs.slice(0, 1);
    this.longest = Math.max(1, ...this.runs.map(run => run.end));
    this.node.setAttribute(
        'aria-label',
        `Timeline of ${this.runs.map(r => r.label).join(', ')}, 0 to ${
            readable(this.longest)}. The tables below hold the same.`);
    this.resize();
  }

  resize() {
    const width = this.node.clientWidth;
    if (!width || !this.all) return;
    this.width = width;
    this.pixel = Math.min(3, devicePixelRatio || 1);
    const room = Math.max(260, Math.min(innerHeight * 0.74, 1100)) - AXIS;
    const orders = this.runs.map(run => lanesOf(run, this.view.busy));
    this.fit = fitHeight(this.runs, orders, room);
    this.lane = evenHeight(this.view.h === 'fit' ? this.fit : this.view.h, this.pixel);
    this.layout = layOut(this.runs, orders, this.lane);
    this.height = Math.round(Math.min(Math.max(room, TALLEST), this.layout.height));
    this.node.style.height = `${this.height + AXIS}px`;
    this.spacer.style.height = `${Math.max(0, this.layout.height - this.height)}px`;
    this.canvas.width = Math.round(width * this.pixel);
    this.canvas.height = Math.round(this.height * this.pixel);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.axis.setAttribute('width', width);
    this.axis.setAttribute('viewBox', `0 0 ${width} ${AXIS}`);
    this.palette ??= readPalette(this.context);
    this.base.domain([0, this.longest * 1.005]).range([LEFT, width - RIGHT]);
    this.zoom.extent([[LEFT, 0], [width - RIGHT, this.height]])
        .translateExtent([[LEFT, -Infinity], [width - RIGHT, Infinity]])
        .scaleExtent([1, Math.max(1, this.longest / NARROWEST)]);
    this.go(this.view.t ?? this.base.domain(), false);
    this.node.scrollTop = this.view.y;
  }

  recolour() {
    this.palette = readPalette(this.context);
    this.now();
  }

  /// Shows these dates.
  go([t0, t1], keep = true) {
    const [low, high] = this.base.domain();
    const span = Math.min(high - low, Math.max(NARROWEST, t1 - t0));
    const from = Math.max(low, Math.min(high - span, (t0 + t1 - span) / 2));
    const k = (high - low) / span;
    this.quiet = !keep;
    select(this.canvas)
        .call(this.zoom.transform, zoomIdentity.translate(LEFT - this.base(from) * k, 0).scale(k));
    this.quiet = false;
  }

  zoomed({transform, sourceEvent}) {
    if (!this.layout) return;
    this.x = transform.rescaleX(this.base);
    if (sourceEvent?.type === 'mousemove' && this.dragged !== undefined)
      this.node.scrollTop -= sourceEvent.clientY - this.dragged;
    this.dragged = sourceEvent?.type === 'mousemove' ? sourceEvent.clientY : undefined;
    if (!this.quiet) {
      const [t0, t1] = this.x.domain(), [low, high] = this.base.domain();
      this.view.t = t1 - t0 >= (high - low) * 0.999 ? null : [t0, t1];
      this.changed();
    }
    this.draw();
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.now();
    });
  }

  now() {
    if (!this.layout) return;
    const ticks = this.drawAxis();
    draw({
      context: this.context,
      palette: this.palette,
      layout: this.layout,
      x: this.x,
      ticks,
      width: this.width,
      height: this.height,
      top: this.node.scrollTop,
      pixel: this.pixel,
      view: this.view,
      weight: this.weight,
      matches: this.matcher,
      selected: this.selected,
      hovered: this.hovered
    });
    this.drawn?.();
  }

  /// Far from 0 and close by, ticks count from a round date that is written beside them.
  drawAxis() {
    const [t0, t1] = this.x.domain(), span = t1 - t0;
    const [size, name] = unitFor(span);
    const count = Math.max(3, Math.floor((this.width - LEFT - RIGHT) / 110));
    let base = 0;
    if (t0 > span * 200) {
      const round = 10 ** Math.ceil(Math.log10(span * 5));
      base = Math.floor(t0 / round) * round;
    }
    const ticks = this.x.ticks(count).filter(t => Math.abs(t - Math.round(t)) < 1e-6);
    const digits = ticks.length > 1
        ? Math.max(0, Math.ceil(-Math.log10((ticks[1] - ticks[0]) / size) - 1e-9))
        : 0;
    const text = t => `${base ? '+' : ''}${((t - base) / size).toFixed(Math.min(digits, 9))}`;
    const g = select(this.axis)
                  .selectAll('g.ticks')
                  .data([0])
                  .join('g')
                  .attr('class', 'ticks')
                  .attr('transform', `translate(0,${AXIS - 1})`);
    g.call(axisTop(this.x).tickValues(ticks).tickFormat(text).tickSizeOuter(0));
    const words = base ? [`${exact(base)}`, `+ ${name}`] : ['time since', `power-on (${name})`];
    select(this.axis)
        .selectAll('text.unit')
        .data(words)
        .join('text')
        .attr('class', 'unit')
        .attr('x', LEFT - 12)
        .attr('y', (_, i) => 13 + 14 * i)
        .text(d => d);
    select(this.axis)
        .selectAll('text.side')
        .data(['whole run', 'per CPU'])
        .join('text')
        .attr('class', 'side')
        .attr('x', this.width - RIGHT / 2 + 2)
        .attr('y', (_, i) => 13 + 14 * i)
        .text(d => d);
    return ticks;
  }

  // --- zoom and pan

  wheel(e) {
    if (e.ctrlKey || e.metaKey) return;
    if (e.altKey) {
      e.preventDefault();
      return this.taller(e.deltaY < 0 ? 1.2 : 1 / 1.2, e.offsetY);
    }
    const sideways = e.shiftKey ? e.deltaX || e.deltaY : e.deltaX;
    if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
      e.preventDefault();
      return this.pan(sideways / (this.width - LEFT - RIGHT));
    }
    if (this.layout.height <= this.height + 1) this.showHint();
  }

  showHint() {
    this.hint.hidden = false;
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => {
      this.hint.hidden = true;
    }, 1500);
  }

  pan(share) {
    const [t0, t1] = this.x.domain(), d = (t1 - t0) * share;
    this.go([t0 + d, t1 + d]);
  }

  zoomBy(factor, at = 0.5) {
    const [t0, t1] = this.x.domain(), centre = t0 + (t1 - t0) * at;
    this.go([centre - (centre - t0) / factor, centre + (t1 - centre) / factor]);
  }

  /// Taller or flatter lanes; what is in the middle stays there.
  taller(factor) {
    const middle = (this.node.scrollTop + this.height / 2) / this.layout.height;
    const lane = Math.min(48, this.lane * factor);
    this.view.h = lane <= this.fit * 1.02 ? 'fit' : Number(lane.toFixed(2));
    this.resize();
    this.node.scrollTop = middle * this.layout.height - this.height / 2;
    this.changed();
  }

  everything() {
    Object.assign(this.view, {t: null, h: 'fit', y: 0, busy: null});
    this.resize();
    this.changed();
  }

  /// Only the CPUs that take part in what happens then, at first in what is in view; null: all.
  onlyBusy(dates = this.view.busy ? null : this.x.domain()) {
    Object.assign(this.view, {busy: dates, h: 'fit', y: 0});
    this.resize();
    this.changed();
  }

  /// To that slice, and what is around it.
  zoomTo(found) {
    if (!found?.run || !(found.index >= 0)) return;
    const {run, index} = found, length = Math.max(NARROWEST, run.duration[index]);
    this.go([run.begin[index] - length * 0.35, run.begin[index] + length * 1.35]);
    this.reveal(found);
  }

  /// Scrolls until the lane is seen, tall enough to be read.
  reveal({run, index}) {
    if (this.lane < 12) {
      this.view.h = 18;
      this.resize();
    }
    let row = this.layout.rows.find(r => r.run === run);
    if (!row) return;
    if (!hasLane(row, run.on[index])) {
      this.onlyBusy(null);
      row = this.layout.rows.find(r => r.run === run);
    }
    const y = laneTop(row, run.on[index]);
    if (y < this.node.scrollTop + 20 || y + this.lane > this.node.scrollTop + this.height)
      this.node.scrollTop = y - this.height / 2;
    this.draw();
  }

  // --- pointing and choosing

  at(e) {
    const {offsetX, offsetY} = e;
    const place = placeAt(this.layout, offsetY + this.node.scrollTop);
    if (!place.row) return {};
    const t = this.x.invert(offsetX), slack = (this.x.invert(offsetX + 2) - t);
    const inside = offsetX >= LEFT && offsetX <= this.width - RIGHT;
    const run = place.row.run;
    const found = {run, t, cpu: place.cpu, part: place.part, offsetX, offsetY, index: -1, inside};
    if (place.cpu === undefined) return found;
    if (!inside) return found;
    found.index = sliceAt(run, place.cpu, t, t);
    if (found.index < 0) found.index = sliceAt(run, place.cpu, t - slack, t + slack);
    found.mark = run.faults.find(
        m => (m.on >= 0 ? m.on : m.cpu) === place.cpu && Math.abs(m.time - t) <= slack * 3);
    return found;
  }

  hover(e) {
    if (e.buttons) return this.unhover();
    const found = this.at(e);
    this.hovered = found;
    const facts = this.factsAt(found);
    this.box.hidden = !facts;
    if (facts) {
      fill(this.box, facts);
      const {clientX, clientY} = e, b = this.box.getBoundingClientRect();
      this.box.style.left = `${Math.max(4, Math.min(innerWidth - b.width - 12, clientX + 16))}px`;
      this.box.style.top =
          `${clientY + 20 + b.height > innerHeight ? clientY - b.height - 14 : clientY + 18}px`;
    }
    this.draw();
  }

  unhover() {
    this.hovered = null;
    this.box.hidden = true;
    this.draw();
  }

  factsAt(found) {
    if (!found.run) return null;
    const {run, cpu, index} = found;
    if (found.mark) return markFacts(run, found.mark);
    if (found.part === 'operations' && found.inside) return operationFacts(run, found.t);
    if (found.part === 'bystanders' && found.inside) return bystanderFacts(run, found.t);
    if (cpu === undefined) return null;
    if (!found.inside) return ledgerFacts(run, cpu);
    const facts = index >= 0 ? factsOf(run, index) : stageFacts(run, cpu, found.t);
    const link = this.view.chain ? linkAt(run, cpu, found.t) : null;
    if (facts && link) facts.rows.push(...linkRows(link));
    return facts;
  }

  click(e) {
    const found = this.at(e);
    this.node.focus({preventScroll: true});
    if (found.part === 'operations' && found.inside) {
      const op = operationAt(found.run, found.t);
      if (op) {
        const length = Math.max(NARROWEST, (op.end_ns ?? found.run.end) - op.begin_ns);
        this.go([op.begin_ns - length * 0.03, op.begin_ns + length * 1.03]);
      }
      return;
    }
    this.choose(found.run && found.index >= 0 ? {run: found.run, index: found.index} : null);
  }

  choose(selection) {
    this.selected = selection;
    this.view.sel = selection ? `${this.all.indexOf(selection.run)}:${selection.index}` : '';
    this.chose(selection);
    this.changed();
    this.draw();
  }

  /// The next or previous slice of the same lane.
  step(by) {
    const s = this.selected ?? this.firstSeen();
    if (!s) return;
    const {run, index} = s, on = run.on[index];
    const next = this.selected ? index + by : index;
    if (next < run.first[on] || next >= run.first[on + 1]) return;
    this.choose({run, index: next});
    const [t0, t1] = this.x.domain(), begin = run.begin[next];
    if (begin < t0 || begin > t1) this.go([begin - (t1 - t0) / 2, begin + (t1 - t0) / 2]);
    const facts = factsOf(run, next);
    this.say(`${facts.title}: ${facts.rows.map(r => r.join(' ')).join(', ')}`);
  }

  firstSeen() {
    const [t0, t1] = this.x.domain();
    for (const run of this.runs)
      for (const cpu of run.order) {
        const index = sliceAt(run, cpu, t0, t1);
        if (index >= 0) return {run, index};
      }
    return null;
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const far = e.shiftKey ? 0.5 : 0.1;
    const actions = {
      ArrowLeft: () => this.pan(-far),
      ArrowRight: () => this.pan(far),
      a: () => this.pan(-far),
      d: () => this.pan(far),
      A: () => this.pan(-far),
      D: () => this.pan(far),
      '+': () => this.zoomBy(1.5),
      '=': () => this.zoomBy(1.5),
      w: () => this.zoomBy(1.5),
      '-': () => this.zoomBy(1 / 1.5),
      s: () => this.zoomBy(1 / 1.5),
      ArrowUp: () => {
        this.node.scrollTop -= Math.max(24, this.lane);
      },
      ArrowDown: () => {
        this.node.scrollTop += Math.max(24, this.lane);
      },
      l: () => this.taller(1.5),
      L: () => this.taller(1 / 1.5),
      '0': () => this.everything(),
      Home: () => this.everything(),
      n: () => this.step(1),
      p: () => this.step(-1),
      ']': () => this.step(1),
      '[': () => this.step(-1),
      Enter: () => this.zoomTo(this.selected),
      Escape: () => this.choose(null),
      b: () => this.onlyBusy(),
      c: () => this.toggle?.('chain'),
      h: () => this.toggle?.('handshakes'),
    };
    const action = actions[e.key];
    if (!action) return;
    e.preventDefault();
    action();
    if (!'np[]'.includes(e.key)) {
      const [t0, t1] = this.x.domain();
      this.say(`${readable(Math.round(Math.max(0, t0)))} to ${readable(Math.round(t1))}`);
    }
  }
}

export function fill(box, {title, rows}) {
  box.replaceChildren(
      element('strong', {}, title),
      element(
          'dl', {},
          rows.map(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]).flat()));
}

const operationAt = (run, t) =>
    run.json.operations.find(op => t >= op.begin_ns && t <= (op.end_ns ?? run.end));

function operationFacts(run, t) {
  const op = operationAt(run, t);
  if (!op) return null;
  const rows = [['begin', exact(op.begin_ns)]];
  if (op.end_ns !== undefined)
    rows.push(['took', exact(op.end_ns - op.begin_ns)], ['ret', op.returned]);
  else
    rows.push(['ret', 'never returned']);
  return {title: op.text, rows};
}

function bystanderFacts(run, t) {
  const op = operationAt(run, t), b = op?.bystanders;
  if (!b) return null;
  const rows = [['CPUs', b.cpus], ['stops', b.stops]];
  if (b.stops > 0)
    rows.push(['longest', exact(b.longest_stop_ns)], ['stopped', exact(b.stopped_ns)]);
  if (b.interrupts > 0)
    rows.push(['interrupts', b.interrupts], ['in handlers', exact(b.interrupted_ns)]);
  return {title: `${b.count} bystanders of ${op.text}`, rows};
}

function ledgerFacts(run, cpu) {
  const names = ['useful', 'spinning', 'sleeping', 'idle', 'stopped'];
  return {
    title: `CPU ${cpu}, whole run`,
    rows: run.json.ledgers[cpu].map((ns, i) => [names[i], readable(ns)])
  };
}
