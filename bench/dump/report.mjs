/** What the rounds add up to, and how it is printed. */
import { pipelineOf } from './pipelines.mjs';

/** The document of `--json`. `results` has for each set the runs by the pipeline's name. */
export function summarize({ results, rounds, server }) {
  return {
    schemaVersion: 2,
    postgres: server.version,
    rounds,
    sets: results.map(({ scenario, title, rawBytes, runs }) => {
      const pipelines = Object.entries(runs).map(([name, list]) => lineOf(name, list));
      return { scenario, title, rawBytes, pipelines, goals: goalsOf(scenario, rawBytes, pipelines) };
    }),
  };
}

function lineOf(name, list) {
  return {
    name,
    title: pipelineOf(name).title,
    seconds: spread(list.map(({ seconds }) => seconds)),
    runs: list.map(({ seconds }) => seconds),
    cpuSeconds: median(list.map(({ cpuSeconds }) => cpuSeconds)),
    serverCpuSeconds: median(list.map(({ serverCpuSeconds }) => serverCpuSeconds)),
    storedBytes: Math.max(...list.map(({ storedBytes }) => storedBytes)),
    peakMainBytes: peak(list, 'mainBytes'),
    peakTreeBytes: peak(list, 'treeBytes'),
  };
}

function spread(values) {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function peak(list, field) {
  const values = list.map(({ memory }) => memory?.[field]).filter((value) => value !== undefined);
  return values.length > 0 ? Math.max(...values) : null;
}

/** What the project has set itself; only those whose pipelines ran. Times are compared by their medians. */
function goalsOf(scenario, rawBytes, pipelines) {
  const of = Object.fromEntries(pipelines.map((each) => [each.name, each]));
  const list = [];
  const add = (needed, what, value, isMet) => {
    if (needed.some((each) => each === undefined || each === null)) return;
    const result = value();
    list.push({ what, value: result, met: isMet(result) });
  };
  const time = (one, other) => () => one.seconds.median / other.seconds.median;
  const size = (one, other) => () => one.storedBytes / other.storedBytes;
  const megabytes = (line, field) => () => line[field] / 1e6;
  const atMost = (most) => (value) => value <= most;
  const { holdfast, jobs2, jobs4, null: plain, gzip, igzip, directory } = of;
  if (scenario === 'many-tables') {
    add([holdfast, plain], 'time against pg_dump > /dev/null: at most 1.2', time(holdfast, plain), atMost(1.2));
    return list;
  }
  if (scenario === 'one-table') {
    add([jobs2, holdfast], '--jobs 2 against one job: below 1', time(jobs2, holdfast), (x) => x < 1);
  }
  if (scenario === 'mixed' || scenario === 'one-table') {
    add([jobs2, plain], '--jobs 2 against pg_dump > /dev/null: at most 1.15', time(jobs2, plain), atMost(1.15));
    add([jobs2, directory], '--jobs 2 against pg_dump -Fd -j2 -Z1: below 1', time(jobs2, directory), (x) => x < 1);
    add([holdfast, igzip], 'time against pg_dump | igzip -1: at most 1.15', time(holdfast, igzip), atMost(1.15));
    add([holdfast, gzip], 'time against pg_dump | gzip: at most 0.4', time(holdfast, gzip), atMost(0.4));
    add([holdfast, gzip], 'size against pg_dump | gzip: at most 1.05', size(holdfast, gzip), atMost(1.05));
    add([holdfast, igzip], 'size against pg_dump | igzip -1: at most 1.05', size(holdfast, igzip), atMost(1.05));
    for (const [name, line] of Object.entries({ 'one job': holdfast, '--jobs 4': jobs4 })) {
      const bytes = line?.peakTreeBytes;
      add([line, bytes], `MB of all processes, ${name}: below 250`, megabytes(line, 'peakTreeBytes'), (x) => x < 250);
    }
  }
  return list;
}

/** For each set a table in Markdown, and the goals. */
export function toMarkdown({ postgres, rounds, sets }) {
  const parts = sets.map(({ title, rawBytes, pipelines, goals }) => {
    const limit = pipelines.find(({ name }) => name === 'null')?.seconds.median;
    const lines = pipelines.map((line) => [
      line.title,
      ...[line.seconds.min, line.seconds.median, line.seconds.max].map((value) => value.toFixed(2)),
      limit === undefined ? '-' : (line.seconds.median / limit).toFixed(2),
      ...[line.cpuSeconds, line.serverCpuSeconds].map((value) => value.toFixed(2)),
      ...[line.storedBytes || null, line.peakMainBytes, line.peakTreeBytes].map(megabytes),
    ]);
    const verdicts = goals.map(({ what, value, met }) => `- ${met ? 'met' : 'MISSED'}: ${value.toFixed(2)}, ${what}`);
    return [
      `PostgreSQL ${postgres}, ${title}: ${megabytes(rawBytes)} MB of plain SQL, ${rounds} interleaved rounds`,
      ['', ...table(TITLES, lines)].join('\n'),
      ...(verdicts.length > 0 ? [`\n${verdicts.join('\n')}`] : []),
    ].join('\n');
  });
  return parts.join('\n\n');
}

const TITLES = ['pipeline', 'min s', 'median s', 'max s', 'ratio', 'CPU s', 'server CPU s', 'MB', 'own MB', 'all MB'];

function table(titles, lines) {
  const widths = titles.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column].length)));
  const pad = (text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]));
  const row = (cells) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [row(titles), rule, ...lines.map(row)];
}

function megabytes(bytes) {
  return bytes === null ? '-' : (bytes / 1e6).toFixed(0);
}
