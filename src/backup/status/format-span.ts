const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** `7d16h`, `2h`, `40s`: a span as the config writes it, in its two largest units, truncated. @param ms milliseconds */
export function formatSpan(ms: number): string {
  let rest = Math.max(0, ms);
  const first = Math.max(
    0,
    UNITS.findIndex(([, size]) => rest >= size),
  );
  const parts = (rest < 1000 ? UNITS.slice(-1) : UNITS.slice(first, first + 2)).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { unit, count };
  });
  const shown = parts.filter(({ count }, index) => count > 0 || (index === 0 && parts.length === 1));
  return shown.map(({ unit, count }) => `${count}${unit}`).join('') || '0s';
}
