// Elements by d3-selection; every text is set as text, never as markup.
import {create} from 'd3-selection';

/// element('td', {class: 'number', title: '12 ns'}, 'twelve', child, ...)
export function element(name, attributes = {}, ...children) {
  const node = create(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on'))
      node.on(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.attr(key, value === true ? '' : value);
  }
  for (const child of children.flat())
    if (child !== null && child !== undefined && child !== false) node.node().append(child);
  return node.node();
}
