// The view as the part of the address behind '#': every state of the view is a link.

const DEFAULTS = {
  group: 0,
  t: null,
  h: 'fit',
  y: 0,
  busy: null,
  hidden: '',
  sel: '',
  chain: 1,
  handshakes: 1,
  q: '',
  theme: ''
};

export function readHash() {
  const view = {...DEFAULTS};
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    if (key === 't' || key === 'busy') {
      const ends = value.split(',').map(Number);
      if (ends.length === 2 && ends.every(Number.isFinite) && ends[0] < ends[1]) view[key] = ends;
    } else if (key === 'h') {
      view.h = Number(value) > 0 ? Number(value) : 'fit';
    } else if (key === 'group' || key === 'y' || key === 'chain' || key === 'handshakes') {
      view[key] = Math.max(0, Number(value) || 0);
    } else if (key in view) {
      view[key] = value;
    }
  }
  return view;
}

export function hashOf(view) {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(view))
    if (key in DEFAULTS && value !== DEFAULTS[key] && value !== null)
      words.set(key, Array.isArray(value) ? value.map(Math.round).join(',') : value);
  return `#${String(words).replaceAll('%2C', ',')}`;
}

let written = '';
let timer = 0;
export function writeHash(view) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    written = hashOf(view);
    history.replaceState(null, '', written === '#' ? location.pathname : written);
  }, 120);
}

/// Only of a change that did not come from here.
export function onHash(callback) {
  addEventListener('hashchange', () => {
    if (location.hash !== written) callback(readHash());
  });
}
