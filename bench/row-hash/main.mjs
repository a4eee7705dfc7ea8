/** The row hash in MB/s for rows of several widths, beside other ways to compute the same hash, and SHA-256. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { MissingError } from '../errors.mjs';
import { rowsOfTenColumns, rowsOfWidth } from './rows.mjs';
import { variants } from './variants.mjs';

const BYTES = 64e6;
const CHUNK = 65_536;
const ROUNDS = 5;

export async function main(args, signal) {
  const json = args.includes('--json');
  const shipped = new URL('../../dist/dump/row-hash.js', import.meta.url);
  if (!existsSync(shipped)) throw new MissingError('Holdfast is not built: run npm run build first.');
  const { RowHash } = await import(shipped);

  const inputs = {
    '20 bytes': rowsOfWidth(20, BYTES),
    '100 bytes': rowsOfWidth(100, BYTES),
    '1000 bytes': rowsOfWidth(1000, BYTES),
    '10 columns': rowsOfTenColumns(BYTES),
  };
  const ways = {
    'RowHash (one pass)': (chunks) => {
      const hash = new RowHash();
      for (const chunk of chunks) hash.consumeRaw(chunk);
      return hash.hex();
    },
    ...variants,
    'SHA-256 of the stream': (chunks) => {
      const hash = createHash('sha256');
      for (const chunk of chunks) hash.update(chunk);
      return hash.digest('hex');
    },
  };

  const results = [];
  for (const [input, data] of Object.entries(inputs)) {
    const best = Object.fromEntries(Object.keys(ways).map((way) => [way, 0]));
    // The variants know no rows that straddle chunks, so all get chunks of whole rows.
    const chunks = wholeRows(data);
    const expected = ways['RowHash (one pass)'](chunks);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, hash] of Object.entries(ways)) {
        signal.throwIfAborted();
        const start = process.hrtime.bigint();
        const hex = hash(chunks);
        const seconds = Number(process.hrtime.bigint() - start) / 1e9;
        if (way in variants && hex !== expected) throw new Error(`${way} gives another hash for rows of ${input}.`);
        best[way] = Math.max(best[way], data.length / 1e6 / seconds);
        await new Promise(setImmediate);
      }
    }
    results.push({ rows: input, megabytesPerSecond: best });
  }
  console.log(json ? JSON.stringify({ schemaVersion: 1, results }, null, 2) : toText(results, Object.keys(ways)));
}

function wholeRows(data) {
  const chunks = [];
  for (let start = 0; start < data.length;) {
    const end = data.lastIndexOf(10, Math.min(start + CHUNK, data.length) - 1) + 1;
    chunks.push(data.subarray(start, end));
    start = end;
  }
  return chunks;
}

function toText(results, ways) {
  const width = Math.max(...ways.map((way) => way.length));
  const head = ['best of 5, MB/s'.padEnd(width), ...results.map(({ rows }) => rows.padStart(11))].join('');
  const lines = ways.map((way) =>
    [
      way.padEnd(width),
      ...results.map(({ megabytesPerSecond }) => megabytesPerSecond[way].toFixed(0).padStart(11)),
    ].join(''),
  );
  return [head, ...lines].join('\n');
}
