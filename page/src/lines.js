// What leads from CPU to CPU: critical chains, and the handshakes of kick, alive, release,
// complete.
import {edges, hasLane} from './layout.js';
import {SMALL} from './text.js';

const TALL = 17;    // px of a lane that has room for a name and a chain below it
const CLOSEST = 4;  // px between two lines that lead from CPU to CPU

/// The chains' links along their lanes; thin lines where one goes over to another CPU.
export function drawChains(s, row) {
  const c = s.context, links = new Path2D(), hops = new Path2D();
  // Low in the lane: names stay readable.
  const middle = cpu => {
    const [y, h] = edges(s, row, cpu);
    return h >= TALL ? y + h - 3.5 : h >= 12 ? y + h - 1.5 : y + h / 2;
  };
  let count = 0;
  for (const chain of row.run.chains) count += traceChain(s, row, chain.links, middle, links, hops);
  const thick = row.lane >= TALL ? 3 : row.lane >= 3 ? 2 : 1.6;
  const dense = count / Math.max(1, s.right - s.left);
  c.lineCap = 'butt';
  c.globalAlpha = dense > 0.2 ? 0.12 : dense > 0.06 ? 0.3 : 0.85;
  c.strokeStyle = s.palette.chain;
  c.lineWidth = 1;
  c.stroke(hops);
  c.globalAlpha = 1;
  if (row.lane >= TALL || (row.lane >= 3 && row.lane < 12)) {
    c.strokeStyle = s.palette.halo;
    c.lineWidth = thick + 2;
    c.stroke(links);
  }
  c.strokeStyle = s.palette.chain;
  c.lineWidth = thick;
  c.stroke(links);
}

/// Adds what is seen of a chain; how often it changes its CPU. Within a pixel it is drawn once.
function traceChain(s, row, list, middle, links, hops) {
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right);
  let last = null, count = 0, drawnTo = -1, drawnOn = -1, hopAt = -CLOSEST;
  for (const link of list) {
    if (link.begin > t1) break;
    if (link.begin + link.ns >= t0 && hasLane(row, link.on)) {
      const x0 = s.x(link.begin), x1 = s.x(link.begin + link.ns), y = middle(link.on);
      if (last && last.on !== link.on && hasLane(row, last.on) && x0 - hopAt >= CLOSEST) {
        hops.moveTo(x0, middle(last.on));
        hops.lineTo(x0, y);
        ++count;
        hopAt = x0;
      }
      if (x1 > drawnTo || link.on !== drawnOn) {
        links.moveTo(x0, y);
        links.lineTo(Math.max(x1, x0 + 0.7), y);
        drawnTo = Math.max(x1, x0 + 0.7);
        drawnOn = link.on;
      }
    }
    last = link;
  }
  return count;
}

const ROOM = 16;   // px for each handshake: with less of it they hide what they belong to
const NAMED = 74;  // px for each, to have a name

/// Arrows from lane to lane, while they are few enough to be told apart.
export function drawHandshakes(s, row) {
  if (row.lane < 9) return;
  const t0 = s.x.invert(s.left), t1 = s.x.invert(s.right);
  const seen = row.run.handshakes.filter(
      h => h.begin <= t1 && h.begin + h.ns >= t0 && hasLane(row, h.on) && hasLane(row, h.to));
  if (seen.length * ROOM > s.right - s.left) return;
  const c = s.context;
  c.font = SMALL;
  c.textAlign = 'left';
  c.lineWidth = 1.3;
  c.strokeStyle = c.fillStyle = s.palette.handshake;
  const taken = new Map();
  let last0 = -CLOSEST, last1 = -CLOSEST;
  for (const h of seen) {
    const x0 = s.x(h.begin), x1 = s.x(h.begin + h.ns);
    if (Math.abs(x0 - last0) < CLOSEST && Math.abs(x1 - last1) < CLOSEST) continue;
    const start = drawHandshake(s, row, h);
    if (seen.length * NAMED < s.right - s.left) nameHandshake(s, h.name, start, taken);
    last0 = x0;
    last1 = x1;
  }
}

/// From the edge of one lane to the nearest of the other. Gives back where a name can stand.
function drawHandshake(s, row, h) {
  const c = s.context, [from, fromHeight] = edges(s, row, h.on),
        [to, toHeight] = edges(s, row, h.to);
  const down = to > from, x0 = s.x(h.begin), x1 = s.x(h.begin + h.ns);
  const y0 = down ? from + fromHeight : from, y1 = down ? to : to + toHeight;
  const length = Math.hypot(x1 - x0, y1 - y0) || 1, dx = (x1 - x0) / length,
        dy = (y1 - y0) / length;
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1 - 4 * dx, y1 - 4 * dy);
  c.stroke();
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x1 - 7 * dx + 3.2 * dy, y1 - 7 * dy - 3.2 * dx);
  c.lineTo(x1 - 7 * dx - 3.2 * dy, y1 - 7 * dy + 3.2 * dx);
  c.fill();
  return {x: x0 + 5, y: y0 + (down ? 9 : -9)};
}

/// `taken`: how far to the right names reach, by their height.
function nameHandshake(s, name, {x, y}, taken) {
  const c = s.context, end = x + c.measureText(name).width;
  if (end > s.right || x < (taken.get(y) ?? 0)) return;
  taken.set(y, end + 6);
  c.lineWidth = 3;
  c.strokeStyle = s.palette.halo;
  c.strokeText(name, x, y);
  c.lineWidth = 1.3;
  c.strokeStyle = s.palette.handshake;
  c.fillText(name, x, y);
}
