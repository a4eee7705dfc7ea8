/** Dumps to cut into segments, and ways to cut them. */
import { DumpReader } from '../../../src/dump/dump-reader.js';
import type { Entry } from '../../../src/dump/entry.js';
import { SegmentCutter } from '../../../src/dump/segments/segment-cutter.js';
import { SegmentFollower } from '../../../src/dump/segments/segment-follower.js';
import type { SegmentContent } from '../../../src/dump/segments/segment.js';

/** What a dump is made of: a table with rows of these lengths, a view with a text of this length, large objects. */
export type Part =
  | { readonly kind: 'table'; readonly rows: readonly number[] }
  | { readonly kind: 'view'; readonly length: number }
  | { readonly kind: 'blobs'; readonly sizes: readonly number[] };

export function dumpOf(parts: readonly Part[]): Buffer {
  const entries = parts.map((part, index) => {
    const header = (type: string, name = `p${index}`) =>
      `--\n-- Name: ${name}; Type: ${type}; Schema: s; Owner: o\n--\n\n`;
    switch (part.kind) {
      case 'table': {
        const rows = part.rows.map((length, row) => `${row}`.padEnd(length, 'x').slice(0, length) + '\n').join('');
        return `--\n-- Data for Name: p${index}; Type: TABLE DATA; Schema: s; Owner: o\n--\n\nCOPY s.p${index} (a) FROM stdin;\n${rows}\\.\n\n\n`;
      }
      case 'view':
        return `${header('VIEW')}CREATE VIEW s.p${index} AS SELECT '${'v'.repeat(part.length)}';\n\n\n`;
      case 'blobs': {
        const one = (size: number, oid: number) =>
          `SELECT pg_catalog.lo_open('${oid + 1}', 131072);\nSELECT pg_catalog.lowrite(0, '\\x${'ab'.repeat(size)}');\nSELECT pg_catalog.lo_close(0);\n\n`;
        return `--\n-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -\n--\n\nBEGIN;\n\n${part.sizes.map(one).join('')}COMMIT;\n\n`;
      }
    }
  });
  return Buffer.from(
    `--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n${entries.join('')}--\n-- PostgreSQL database dump complete\n--\n\n`,
  );
}

/** Cuts a dump that comes in these pieces. */
export function cut(pieces: Iterable<Buffer>, size: number): { segments: SegmentContent[]; entries: Entry[] } {
  const cutter = new SegmentCutter(size);
  const entries: Entry[] = [];
  const reader = new DumpReader({ entry: (entry) => entries.push(entry) }, cutter);
  const segments: SegmentContent[] = [];
  for (const piece of pieces) {
    reader.write(piece);
    segments.push(...cutter.take());
    const last = segments.at(-1);
    const start = last ? last.rawOffset + last.rawBytes : 0;
    if (cutter.certain(reader.progress.rawBytes) < start)
      throw new Error('What was passed on is not certain any more.');
  }
  reader.end();
  segments.push(...cutter.take());
  return { segments, entries };
}

/** What following these segments through a dump finds wrong with them. */
export function follow(pieces: Iterable<Buffer>, segments: readonly SegmentContent[]): readonly string[] {
  const follower = new SegmentFollower(segments);
  const reader = new DumpReader({}, follower);
  for (const piece of pieces) reader.write(piece);
  reader.end();
  return follower.contradictions.map(({ segment, reason }) => `${segment}: ${reason}`);
}
