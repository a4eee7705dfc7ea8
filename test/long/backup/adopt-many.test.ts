/** A folder that another pipeline has filled for years: thousands of dumps, adopted in two goes. */
import { execFileSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { adoptDumps } from '../../../src/backup/adopt/adopt-dumps.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { createDatabase, serverPrograms, sharedServer } from '../../helpers/postgres.js';
import { makeContext } from '../../integration/backup/harness.js';

const DUMPS = 2_000;
const TRUNCATED_EACH = 10;
/** Bytes of the heap for each dump that is found and adopted: its key, its place, what the result says of it. */
const MOST_EACH = 4_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function pipelinesDump(): Promise<Buffer> {
  const source = await createDatabase(
    sharedServer(),
    `CREATE TABLE t AS SELECT i, md5(i::text) AS m FROM generate_series(1, 100) AS i`,
  );
  const { host, port, superuser } = sharedServer();
  const env = { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: superuser };
  const dump = execFileSync((await serverPrograms()).program('pg_dump'), [source.name], { env });
  await source.end();
  return gzipSync(dump);
}

async function* once(bytes: Buffer) {
  yield await Promise.resolve(bytes);
}

test('21: reads each once, holds little of each, goes on where it was broken off, and then finds nothing to do', async () => {
  const context = await makeContext();
  const whole = await pipelinesDump();
  for (let index = 0; index < DUMPS; index += 1) {
    const stamp = new Date(Date.UTC(2010, 0, 1, 3) + index * 6 * 3_600_000).toISOString().replace(/[-:]|\.000/g, '');
    const folder = `layer2/appdb/${stamp.slice(0, 4)}/${stamp.slice(4, 6)}/${stamp.slice(6, 8)}`;
    const bytes = index % TRUNCATED_EACH === 0 ? whole.subarray(0, whole.length / 2) : whole;
    await context.store.put(`${folder}/appdb_${stamp}.sql.gz`, once(bytes));
  }
  const requests = { list: 0, get: 0, put: 0, head: 0 };
  const store: ObjectStore = {
    ...context.store,
    list: (...args) => ((requests.list += 1), context.store.list(...args)),
    get: (...args) => ((requests.get += 1), context.store.get(...args)),
    put: (...args) => ((requests.put += 1), context.store.put(...args)),
    head: (...args) => ((requests.head += 1), context.store.head(...args)),
  };
  const broken = new AbortController();
  let ended = 0;
  const heap: number[] = [];
  const request = {
    databases: [],
    dryRun: false,
    onDump: {
      begin: () => {},
      end: () => {
        ended += 1;
        if (ended === DUMPS / 5) broken.abort(new Error('enough for today'));
        if (ended % (DUMPS / 5) !== 0) return;
        collect();
        heap.push(process.memoryUsage().heapUsed);
      },
    },
  };
  await expect(adoptDumps(request, { ...context, store, signal: broken.signal })).rejects.toThrow();
  const planned = await adoptDumps({ ...request, dryRun: true }, { ...context, store });
  const before = { ...requests };
  const result = await adoptDumps(request, { ...context, store });
  // What was whole in the first go is not read again; what was truncated is, as nothing says so.
  const inFirstGo = (DUMPS / 5) * (1 - 1 / TRUNCATED_EACH);
  expect(result.found.known).toBe(inFirstGo);
  expect(result.refused).toHaveLength(DUMPS / TRUNCATED_EACH);
  // And the vault's marker.
  expect(requests.get - before.get).toBe(planned.cost.gets + 1);
  expect(requests.put + requests.head - before.put - before.head).toBeLessThanOrEqual(planned.cost.writes);
  expect(((heap.at(-1) ?? 0) - (heap[1] ?? 0)) / (DUMPS - (2 * DUMPS) / 5)).toBeLessThan(MOST_EACH);

  const again = await adoptDumps({ ...request, onDump: undefined }, context);
  expect(again.adopted).toEqual([]);
  expect(again.found.known).toBe(DUMPS - DUMPS / TRUNCATED_EACH);
});
