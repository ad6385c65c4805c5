// The packed columns of sim/report/html/columns.cpp: base64 of deflated LEB128 numbers.

async function inflate(text) {
  const packed = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/// All columns, in order, each a Float64Array: dates in ns are exact up to 104 days.
export async function readColumns(text) {
  const bytes = await inflate(text);
  let at = 0;
  const next = () => {
    let value = 0, factor = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value;
  };
  const columns = [];
  while (at < bytes.length) {
    const column = new Float64Array(next());
    for (let i = 0; i < column.length; ++i) {
      const zigzag = next();
      column[i] = zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
    }
    columns.push(column);
  }
  return columns;
}
