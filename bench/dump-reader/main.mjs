/** The dump reader in MB/s and memory, for dumps of one kind each. */
import { existsSync } from 'node:fs';
import { MissingError, UsageError } from '../errors.mjs';
import { inputs } from './inputs.mjs';

const DEFAULT_BYTES = 1e9;
const CHUNKS_BETWEEN_SAMPLES = 256;

export async function main(args, signal) {
  const options = readOptions(args);
  const shipped = new URL('../../dist/dump/dump-reader.js', import.meta.url);
  if (!existsSync(shipped)) throw new MissingError('Holdfast is not built: run npm run build first.');
  const { DumpReader } = await import(shipped);

  const results = [];
  for (const [dump, make] of Object.entries(inputs)) {
    if (options.only && !dump.includes(options.only)) continue;
    results.push({ dump, ...(await measure(DumpReader, make(options.bytes), signal)) });
  }
  console.log(options.json ? JSON.stringify({ schemaVersion: 1, results }, null, 2) : toText(results));
}

/** Only the time inside the reader counts, not that of making the chunks. */
async function measure(DumpReader, chunks, signal) {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let entries = 0;
  const reader = new DumpReader({ entry: () => entries++ });
  let nanoseconds = 0n;
  let bytes = 0;
  let peak = before;
  let count = 0;
  for (const chunk of chunks) {
    const start = process.hrtime.bigint();
    reader.write(chunk);
    nanoseconds += process.hrtime.bigint() - start;
    bytes += chunk.length;
    if (++count % CHUNKS_BETWEEN_SAMPLES > 0) continue;
    signal.throwIfAborted();
    peak = Math.max(peak, process.memoryUsage().rss);
    await new Promise(setImmediate);
  }
  reader.end();
  return {
    megabytes: Math.round(bytes / 1e6),
    entries,
    megabytesPerSecond: Math.round(bytes / 1e6 / (Number(nanoseconds) / 1e9)),
    peakMemoryMegabytes: Math.round(peak / 1e6),
  };
}

function readOptions(args) {
  const options = { json: false, bytes: DEFAULT_BYTES, only: undefined };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--json') options.json = true;
    else if (args[i] === '--only') options.only = args[++i];
    else if (args[i] === '--size' && /^\d+(?:\.\d+)?[MG]B$/.test(args[i + 1] ?? '')) {
      options.bytes = parseFloat(args[++i]) * (args[i].endsWith('GB') ? 1e9 : 1e6);
    } else throw new UsageError(`Unknown option ${args[i]}: it takes --size 1GB, --only TEXT and --json.`);
  }
  return options;
}

function toText(results) {
  const width = Math.max(...results.map(({ dump }) => dump.length));
  const line = (dump, ...cells) => dump.padEnd(width) + cells.map((cell) => String(cell).padStart(12)).join('');
  return [
    line('', 'MB', 'entries', 'MB/s', 'peak MB'),
    ...results.map((r) => line(r.dump, r.megabytes, r.entries, r.megabytesPerSecond, r.peakMemoryMegabytes)),
  ].join('\n');
}
