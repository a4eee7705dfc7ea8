/** COPY text rows to hash: reproducible, of about the width that is asked for. */

/** A buffer of whole rows, at least `bytes` long; widths vary by half around `width`. */
export function rowsOfWidth(width, bytes) {
  const buffer = Buffer.alloc(bytes + 4 * width);
  const random = generator();
  let position = 0;
  while (position < bytes) {
    const end = position + Math.floor(width * (0.5 + random()));
    while (position < end) buffer[position++] = 32 + Math.floor(random() * 90);
    buffer[position++] = 0x0a;
  }
  return buffer.subarray(0, position);
}

/** Rows of ten columns as a table has them: numbers, times, names, a null. */
export function rowsOfTenColumns(bytes) {
  const random = generator();
  const below = (n) => Math.floor(random() * n);
  const rows = [];
  let length = 0;
  for (let id = 1; length < bytes; id++) {
    const row = [
      id,
      below(500_000),
      ['pending', 'paid', 'shipped'][below(3)],
      (below(10_000_000) / 100).toFixed(2),
      'EUR',
      `2026-01-${10 + below(20)} ${10 + below(14)}:${10 + below(50)}:${10 + below(50)}.${below(1e6)}+00`,
      below(2) === 0 ? 't' : 'f',
      '\\N',
      `customer ${below(1e6)}`,
      below(100),
    ];
    const line = `${row.join('\t')}\n`;
    rows.push(line);
    length += line.length;
  }
  return Buffer.from(rows.join(''));
}

function generator() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
