/** Each small language is read alike everywhere: one table of values goes through every place that takes one. */
import { describe, expect, it } from 'vitest';
import { chooseCompressor } from '../../src/dump/compression/choose-compressor.js';
import type { CompressionMethod } from '../../src/syntax/compression.js';
import { inConfigFile, inWorkerEnvironment, parseCommandLine, refusalOf } from './places.js';

interface Language<T> {
  readonly places: Readonly<Record<string, (value: T) => Promise<string | undefined>>>;
  readonly good: readonly T[];
  /** With what every place says of it. */
  readonly bad: ReadonlyArray<readonly [T, string]>;
}

function readAlike<T>(name: string, { places, good, bad }: Language<T>): void {
  describe(name, () => {
    describe.each(Object.entries(places))('%s', (_, refusal) => {
      it.each(good.map((value) => [value]))('takes %j', async (value) => {
        expect(await refusal(value)).toBeUndefined();
      });

      it.each(bad)('refuses %j', async (value, words) => {
        expect(await refusal(value)).toContain(words);
      });
    });
  });
}

const DATABASE = { host: 'db.example.com', dbName: 'orders' };

interface Compression {
  readonly method: CompressionMethod;
  readonly level: number;
}

const withCompression = ({ method, level }: Compression) => ({
  databases: [{ ...DATABASE, compression: method, compressionLevel: level }],
});

const LEVELS = 'Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.';
const NO_LEVEL = 'Without compression there is no level: leave it out.';

readAlike<Compression>('a compression level', {
  places: {
    'the command line': ({ method, level }) =>
      refusalOf(() => {
        const options = parseCommandLine(['backup', '--compression', method, '--level', String(level)]);
        return chooseCompressor({ method, level: options.level as number, env: process.env });
      }),
    'a config': (value) => inConfigFile(withCompression(value)),
    "a worker's environment": (value) => inWorkerEnvironment(withCompression(value)),
    'a backup': ({ method, level }) => refusalOf(() => chooseCompressor({ method, level, env: process.env })),
  },
  good: [
    { method: 'gzip', level: 1 },
    { method: 'gzip', level: 9 },
    { method: 'zstd', level: 1 },
    { method: 'zstd', level: 19 },
  ],
  bad: [
    [{ method: 'gzip', level: 10 }, LEVELS],
    [{ method: 'gzip', level: 22 }, LEVELS],
    [{ method: 'gzip', level: 0 }, LEVELS],
    [{ method: 'zstd', level: 20 }, LEVELS],
    [{ method: 'zstd', level: 22 }, LEVELS],
    [{ method: 'zstd', level: 25 }, LEVELS],
    [{ method: 'zstd', level: 1.5 }, LEVELS],
    [{ method: 'zstd', level: 0 }, LEVELS],
    [{ method: 'none', level: 3 }, NO_LEVEL],
  ],
});
