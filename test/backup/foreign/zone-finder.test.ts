import { expect, it } from 'vitest';
import { ZoneFinder } from '../../../src/backup/foreign/zone-finder.js';

const VIEW = `CREATE VIEW public.late AS\n SELECT a FROM public.t WHERE (at > '2024-07-01 00:00:00+02'::timestamp with time zone);`;
const CHECK = `ALTER TABLE public.t ADD CONSTRAINT c CHECK ((at > '2024-01-01 00:00:00.5+01'::timestamp(3) with time zone));`;
const BOUND = `CREATE TABLE public.p PARTITION OF public.q\nFOR VALUES FROM ('2024-01-01 00:00:00+05:30') TO ('2025-01-01 00:00:00+05:30');`;
const TEXT = `CREATE VIEW public.words AS\n SELECT '2024-07-01 00:00:00-07'::text AS words;`;

function zoneOf(definitions: readonly string[], rows?: string) {
  const finder = new ZoneFinder();
  finder.table('CREATE TABLE public.t (\n    at timestamp with time zone\n);');
  for (const text of definitions) finder.definition(text);
  if (rows !== undefined) {
    finder.copy('COPY public.t (at) FROM stdin;');
    const chunk = Buffer.from(rows);
    finder.rows(chunk, 0, chunk.length);
  }
  return finder.finish();
}

it.each<[string, readonly string[], string | undefined, string, boolean]>([
  ['nothing', [], undefined, 'UTC', false],
  ['constants in definitions', [VIEW, CHECK], undefined, 'Europe/Berlin', true],
  ['bounds of partitions', [BOUND], undefined, 'Asia/Kolkata', true],
  ['a text that looks like a time', [TEXT], undefined, 'UTC', false],
  ['definitions that contradict each other', [VIEW, BOUND], undefined, 'UTC', false],
  [
    'rows, whatever the definitions say',
    [BOUND],
    '2024-07-01 00:00:00+02\n2024-01-01 00:00:00+01\n\\.\n',
    'Europe/Berlin',
    true,
  ],
])('the zone of a dump is told by %s', (_what, definitions, rows, zone, seen) => {
  expect(zoneOf(definitions, rows)).toEqual({ zone, seen });
});
