// Durations for people; everything is integer ns underneath.

const UNITS = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']];

export function unitFor(ns) { return UNITS.find(([size]) => Math.abs(ns) >= size) ?? UNITS[3]; }

/// "83.339 ms"
export function readable(ns) {
  if (ns === 0) return '0';
  const [size, name] = unitFor(ns);
  if (size === 1) return `${ns} ns`;
  const value = ns / size;
  const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
  return `${value.toFixed(digits)} ${name}`;
}

/// "83,339,195"
export const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

export const exact = ns => `${grouped(ns)} ns`;

export function percent(part, whole) {
  return whole > 0 ? `${(100 * part / whole).toFixed(1)} %` : '–';
}
