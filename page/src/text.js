// Texts on the canvas.
export const FONT = '11px system-ui, "DejaVu Sans", sans-serif';
export const SMALL = '10px system-ui, "DejaVu Sans", sans-serif';

/// Text in a box, from where the box is seen; only if some of it fits.
export function label(s, text, x0, x1, y, ink) {
  const from = Math.max(x0, s.left) + 4, room = Math.min(x1, s.right) - from - 3;
  if (room < 22) return;
  const c = s.context;
  let shown = text;
  const width = c.measureText(shown).width;
  if (width > room) {
    const letters = Math.floor(shown.length * room / width) - 1;
    if (letters < 3) return;
    shown = `${shown.slice(0, letters)}…`;
  }
  c.fillStyle = ink;
  c.fillText(shown, from, y);
}
