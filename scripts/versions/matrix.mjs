/** The table of what the tests on several majors have shown: a row for each source and client, a column for each server. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/reference/postgresql-versions.md');
const [BEGIN, END] = [
  '<!-- Written by npm run test:versions -- --write: do not edit from here -->',
  '<!-- to here. -->',
];

/** What tests have left in a directory (test/versions/cells.ts), one file each. */
export function readCells(directory) {
  return readdirSync(directory).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));
}

/** @returns Markdown: a sentence with the versions, and the table */
export function formatMatrix(cells) {
  const drills = unique(cells.map(({ drill }) => drill));
  const rows = unique(cells.map(({ source, client }) => `${source} ${client}`)).map((row) => row.split(' '));
  const lines = rows.map(([source, client]) => [
    majorOf(source),
    majorOf(client),
    ...drills.map((drill) =>
      summarize(cells.filter((cell) => cell.source === source && cell.client === client && cell.drill === drill)),
    ),
  ]);
  const head = ['source', 'pg_dump', ...drills.map((drill) => `into ${majorOf(drill)}`)];
  const databases = unique(cells.map(({ database }) => database));
  return [
    `Servers and clients: ${unique(cells.flatMap(({ source, client, drill }) => [source, client, drill])).join(', ')}.`,
    `Databases: ${databases.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    table(head),
    table(head.map(() => '---')),
    ...lines.map(table),
  ].join('\n');
}

/** Puts the table into the documentation. */
export function writeMatrix(cells) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${PAGE} has no place for the table.`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${formatMatrix(cells)}\n\n${END}${after}`);
}

function summarize(cells) {
  if (cells.length === 0) return '';
  const verdicts = unique(cells.map(({ verdict, exceptions }) => [verdict, ...exceptions].join(', ')));
  return verdicts.join('; ');
}

const majorOf = (version) => version.split('.')[0];
const table = (cells) => `| ${cells.join(' | ')} |`;

function unique(values) {
  return [...new Set(values)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
