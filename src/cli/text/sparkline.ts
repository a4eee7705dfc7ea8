const BARS = '▁▂▃▄▅▆▇█';

/** `▃▅▇█`: one bar a value, over the largest of them. From zero, so that small changes look small. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 1);
  return values.map((value) => BARS[Math.round((Math.max(0, value) / most) * (BARS.length - 1))]).join('');
}

/** `+2 %`, `-99 %`, `=`: the change from one value to the next; empty where there was nothing before. */
export function formatChange(before: number, after: number): string {
  if (before === 0) return after === 0 ? '=' : '';
  const percent = Math.trunc(((after - before) / before) * 100);
  if (percent === 0) return after === before ? '=' : after > before ? '+' : '-';
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
