/** What the runs add up to, and how it is printed. */

/** How much longer than beside pg_dump somebody may wait, in milliseconds. */
const ALLOWED_MS = 1_000;

/** The document of `--json`. */
export function summarize({ runs, options, server }) {
  const { kinds, rates, rounds, tables, rows } = options;
  const names = [...new Set(runs.map(({ tool }) => tool))];
  const lines = kinds.flatMap((kind) =>
    rates.flatMap((rate) =>
      names.map((tool) => lineOf(runs.filter((run) => run.tool === tool && run.kind === kind && run.rate === rate))),
    ),
  );
  return { schemaVersion: 1, postgres: server.version, rounds, tables, rows, lines, goals: goals(lines), runs };
}

function lineOf(runs) {
  const [{ kind, rate, tool }] = runs;
  const count = (outcome) => runs.filter((run) => run.outcome === outcome).length;
  const most = (field) => Math.max(...runs.map((run) => run[field]));
  return {
    kind,
    rate,
    tool,
    complete: count('complete'),
    named: count('named'),
    wrong: count('wrong'),
    failed: count('failed'),
    anew: runs.reduce((sum, run) => sum + run.anew, 0),
    longestChangeMs: most('longestChange'),
    longestReadMs: most('longestRead'),
    medianSeconds: median(runs.map(({ seconds }) => seconds)),
    changes: runs.reduce((sum, run) => sum + run.changes, 0),
    words: [...new Set(runs.map(({ failure }) => failure).filter(Boolean))],
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function goals(lines) {
  const ours = lines.filter(({ tool }) => tool === 'holdfast');
  const plain = (line) =>
    lines.find(({ tool, kind, rate }) => tool === 'pg_dump' && kind === line.kind && rate === line.rate);
  const worst = (field) => Math.max(...ours.map((line) => line[field] - plain(line)[field]));
  const sum = (field) => ours.reduce((total, line) => total + line[field], 0);
  return [
    { what: 'backups with fewer rows and without a word: none', value: sum('wrong'), met: sum('wrong') === 0 },
    {
      what: 'kinds and rates in which fewer backups succeed than by pg_dump: none',
      value: ours.filter((line) => line.failed > plain(line).failed).length,
      met: ours.every((line) => line.failed <= plain(line).failed),
    },
    ...['longestChangeMs', 'longestReadMs'].map((field) => ({
      what: `${field === 'longestReadMs' ? 'readers' : 'changes'} wait longer than beside pg_dump by, in ms: at most ${ALLOWED_MS}`,
      value: Math.round(worst(field)),
      met: worst(field) <= ALLOWED_MS,
    })),
  ];
}

/** A table in Markdown, and the goals. */
export function toText({ postgres, rounds, tables, rows, lines, goals: list }) {
  const titles = [
    'kind',
    'per s',
    'tool',
    'whole',
    'named',
    'wrong',
    'failed',
    'anew',
    'longest change ms',
    'longest read ms',
    'median s',
  ];
  const cells = lines.map((line) => [
    line.kind,
    String(line.rate),
    line.tool,
    ...[line.complete, line.named, line.wrong, line.failed, line.anew].map(String),
    line.longestChangeMs.toFixed(0),
    line.longestReadMs.toFixed(0),
    line.medianSeconds.toFixed(1),
  ]);
  const row = (texts) => `| ${texts.join(' | ')} |`;
  return [
    `PostgreSQL ${postgres}, ${tables} quiet tables, one of ${rows} rows, ${rounds} backups each`,
    '',
    row(titles),
    row(titles.map(() => '---')),
    ...cells.map(row),
    '',
    ...[...new Set(lines.flatMap(({ tool, words }) => words.map((word) => `failed (${tool}): ${word}`)))],
    ...list.map(({ what, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${value}  ${what}`),
  ].join('\n');
}
