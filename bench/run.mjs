/** `npm run bench -- NAME [options]`: see bench/README.md. */
import { errorText, UsageError } from './errors.mjs';

const benches = {
  audit: { load: () => import('./audit/main.mjs'), about: 'the audit of templates with many resources' },
  dump: { load: () => import('./dump/main.mjs'), about: "a backup against pg_dump's pipelines, side by side" },
  'dump-reader': {
    load: () => import('./dump-reader/main.mjs'),
    about: 'the reader of dumps: rows, large objects, definitions',
  },
  guest: {
    load: () => import('./guest/main.mjs'),
    about: 'who waits for a backup, and what it misses, while others change the tables',
  },
  'row-hash': { load: () => import('./row-hash/main.mjs'), about: 'the row hash against other ways to compute it' },
};

const [name, ...args] = process.argv.slice(2);
// One signal for everything: what was started is ended, and what was written is removed, before the process ends.
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt.abort());

try {
  const bench = benches[name];
  if (bench === undefined) {
    const list = Object.entries(benches).map(([key, { about }]) => `  ${key.padEnd(11)} ${about}`);
    throw new UsageError(`Which benchmark? npm run bench -- NAME [options], NAME being one of\n${list.join('\n')}`);
  }
  await (await bench.load()).main(args, interrupt.signal);
} catch (error) {
  console.error(interrupt.signal.aborted ? 'Interrupted. Everything was removed.' : errorText(error));
  process.exitCode = interrupt.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
}
