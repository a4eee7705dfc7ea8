/** What the rounds add up to, and how it is printed. */
import { pipelineOf } from './pipelines.mjs';

/** The document of `--json`. `runs` maps a pipeline's name to what each of its rounds measured. */
export function summarize({ runs, rawBytes, rounds, server }) {
  const pipelines = Object.entries(runs).map(([name, list]) => ({
    name,
    title: pipelineOf(name).title,
    seconds: spread(list.map(({ seconds }) => seconds)),
    runs: list.map(({ seconds }) => seconds),
    storedBytes: Math.max(...list.map(({ storedBytes }) => storedBytes)),
    peakMainBytes: peak(list, 'mainBytes'),
    peakTreeBytes: peak(list, 'treeBytes'),
  }));
  return { schemaVersion: 1, postgres: server.version, rawBytes, rounds, pipelines, goals: goals(pipelines) };
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
}

function peak(list, field) {
  const values = list.map(({ memory }) => memory?.[field]).filter((value) => value !== undefined);
  return values.length > 0 ? Math.max(...values) : null;
}

/** What the project has set itself; only those whose pipelines ran. Times are compared by their medians. */
function goals(pipelines) {
  const of = (name) => pipelines.find((each) => each.name === name);
  const [ours, igzip, gzip] = [of('holdfast'), of('igzip'), of('gzip')];
  const list = [];
  const add = (what, value, isMet) => list.push({ what, value, met: isMet(value) });
  if (ours && igzip) {
    const time = ours.seconds.median / igzip.seconds.median;
    add('time against pg_dump | igzip -1: at most 1.15', time, (ratio) => ratio <= 1.15);
  }
  if (ours && gzip) {
    add('times faster than pg_dump | gzip: at least 2.5', gzip.seconds.median / ours.seconds.median, (x) => x >= 2.5);
    add('size against pg_dump | gzip: at most 1.05', ours.storedBytes / gzip.storedBytes, (ratio) => ratio <= 1.05);
  }
  if (ours && igzip) {
    add(
      'size against pg_dump | igzip -1: at most 1.05',
      ours.storedBytes / igzip.storedBytes,
      (ratio) => ratio <= 1.05,
    );
  }
  if (ours && ours.peakMainBytes !== null) {
    add('peak memory of the process: below 200 MB', ours.peakMainBytes / 1e6, (megabytes) => megabytes < 200);
  }
  return list;
}

/** The table and the goals as text. */
export function toText({ postgres, rawBytes, rounds, pipelines, goals }) {
  const rows = [
    ['pipeline', 'min s', 'median s', 'max s', 'stored MB', 'process MB', 'all MB'],
    ...pipelines.map(({ title, seconds, storedBytes, peakMainBytes, peakTreeBytes }) => [
      title,
      ...[seconds.min, seconds.median, seconds.max].map((value) => value.toFixed(2)),
      ...[storedBytes || null, peakMainBytes, peakTreeBytes].map(megabytes),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  const verdicts = goals.map(({ what, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${value.toFixed(2)}  ${what}`);
  return [
    `PostgreSQL ${postgres}, ${(rawBytes / 1e6).toFixed(0)} MB of plain SQL, ${rounds} interleaved rounds`,
    '',
    ...lines,
    '',
    ...verdicts,
  ].join('\n');
}

function megabytes(bytes) {
  return bytes === null ? '-' : (bytes / 1e6).toFixed(0);
}
