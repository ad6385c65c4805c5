// Colours are named in style.css and read from there: they follow the theme, also in print.
import {CATEGORIES, STAGES, TIMES} from './run.js';

let probe;
function colour(name) {
  if (!probe) {
    probe = document.createElement('i');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

/// Yellow with dark stripes: seen without colours, too.
function hatch(context, ground, stripe) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const c = tile.getContext('2d');
  c.fillStyle = ground;
  c.fillRect(0, 0, 8, 8);
  c.strokeStyle = stripe;
  c.lineWidth = 1.6;
  for (const x of [-8, 0, 8]) {
    c.beginPath();
    c.moveTo(x - 1, 9);
    c.lineTo(x + 9, -1);
    c.stroke();
  }
  return context.createPattern(tile, 'repeat');
}

export function readPalette(context) {
  const p = {};
  for (const name
           of ['ground', 'panel', 'ink', 'soft', 'line', 'accent', 'fault', 'chain', 'handshake',
               'halo', 'stripe', 'label', 'band'])
    p[name] = colour(name);
  p.category = CATEGORIES.map(name => colour(`c-${name}`));
  p.text = CATEGORIES.map(name => colour(`t-${name}`));
  p.stage = STAGES.map(name => colour(`s-${name}`));
  p.time = TIMES.map(name => colour(`l-${name}`));
  p.spinFlat = p.category[CATEGORIES.indexOf('spin')];
  p.spin = hatch(context, p.spinFlat, p.stripe);
  p.rollback = hatch(context, p.category[CATEGORIES.indexOf('rollback')], p.halo);
  return p;
}
