/** Programs that fail while a backup is made: nothing of it is stored, the error is true, no process is left. */
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { BackupRequest } from '../../../src/backup/create/backup-request.js';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { livingChildren } from '../../helpers/children.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, bareEnvironment, filesIn, requestFor, makeContext } from './harness.js';
import { fakePrograms } from './fake-programs.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');
const COMPRESSORS = join(import.meta.dirname, '../../dump/compression/fixtures');

let database: TestDatabase;
let access: DatabaseAccess;

beforeAll(async () => {
  database = await createDatabase(sharedServer(), SHOP);
  // More than any buffer on the way holds, so that programs are ended while they still write.
  await database.query(`INSERT INTO shop.log SELECT now(), md5(n::text) FROM generate_series(1, 20000) n`);
  access = await accessTo(database.name);
});

afterAll(() => database?.end());

/** Runs a backup that must fail, and that must leave nothing behind. */
async function failToBackUp(context: BackupContext, overrides: Partial<BackupRequest> = {}): Promise<HoldfastError> {
  const before = await livingChildren();
  const error = await createBackup(requestFor(access, overrides), context).then(
    (result) => {
      throw new Error(`It was stored as ${result.key}.`);
    },
    (reason: unknown) => reason as HoldfastError,
  );
  expect(filesIn(context)).toEqual([]);
  expect(await livingChildren()).toEqual(before);
  return error;
}

describe('a pg_dump', () => {
  test.each([
    ['that is killed midway', 'dies-midway', 'DUMP_FAILED', 'pg_dump was ended by SIGKILL.'],
    [
      'that loses its connection midway',
      'fails-midway',
      'DUMP_FAILED',
      'pg_dump exited with status 1: pg_dump: error: Dumping the contents of table "orders" failed: server closed the connection',
    ],
    [
      'that fails after a complete dump',
      'fails-at-the-end',
      'DUMP_FAILED',
      'pg_dump exited with status 1: pg_dump: error: could not close the output',
    ],
    [
      'that stops midway with status 0',
      'stops-midway',
      'DUMP_TRUNCATED',
      'The dump ends inside table data, after 400000 bytes.',
    ],
    ['that leaves out its closing lines', 'stops-before-its-last-lines', 'DUMP_TRUNCATED', /closing lines\.$/],
    [
      'that writes nothing',
      'writes-nothing',
      'DUMP_TRUNCATED',
      "The dump ends after 0 bytes without pg_dump's closing lines.",
    ],
    [
      'that writes a statement after its end',
      'adds-a-statement',
      'DUMP_MALFORMED',
      'The dump holds a statement after its closing line.',
    ],
    ['that writes bytes after its end', 'adds-bytes', 'HOSTILE_DUMP', /NUL|control/],
    ['that writes everything twice', 'repeats-itself', /DUMP_MALFORMED|HOSTILE_DUMP/, /./],
    [
      'that writes a command to psql',
      'adds-a-command',
      'HOSTILE_DUMP',
      'The dump holds the psql command "\\\\! touch owned".',
    ],
  ] as const)('%s leaves nothing', async (_what, pg_dump, code, message) => {
    const context = await makeContext({ installed: await fakePrograms({ pg_dump }) });
    const error = await failToBackUp(context);
    expect(error.code).toMatch(code);
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(1);
  });

  test('that meets a row above the limit of 1 GB says how to find it', async () => {
    const context = await makeContext({ installed: await fakePrograms({ pg_dump: 'row-too-large' }) });
    const error = await failToBackUp(context);
    expect(error).toMatchObject({ code: 'DUMP_FAILED', hint: expect.stringContaining('octet_length(') as string });
  });

  test.each(['hangs', 'hangs-before-the-end'])('that %s is ended at the limit, and leaves nothing', async (pg_dump) => {
    const context = await makeContext({ installed: await fakePrograms({ pg_dump }) });
    const error = await failToBackUp(context, { maxDurationMs: 1_500 });
    expect(error).toMatchObject({ code: 'DUMP_TIMEOUT', exitCode: 1 });
    expect(error.message).toMatch(/^The backup of db took longer than its limit of 1\.5 s/);
  });

  test('that hangs is ended by an interrupt, and leaves nothing', async () => {
    const abort = new AbortController();
    const context = await makeContext({
      installed: await fakePrograms({ pg_dump: 'hangs' }),
      signal: abort.signal,
      onProgress: ({ phase, bytes }) => {
        if (phase === 'dump' && bytes > 0) abort.abort();
      },
    });
    expect(await failToBackUp(context)).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  });
});

describe('a pg_dumpall', () => {
  test('that fails leaves nothing, and its words are in the error', async () => {
    const context = await makeContext({ installed: await fakePrograms({ pg_dumpall: 'fails' }) });
    const error = await failToBackUp(context);
    expect(error.code).toBe('DUMP_FAILED');
    expect(error.message).toContain('permission denied for table pg_authid');
  });

  test('that stops midway with status 0 leaves nothing', async () => {
    const context = await makeContext({ installed: await fakePrograms({ pg_dumpall: 'stops-midway' }) });
    expect(await failToBackUp(context)).toMatchObject({ code: 'DUMP_TRUNCATED' });
  });
});

describe('a compressor', () => {
  const withCompressor = (name: string) =>
    makeContext({ env: { ...bareEnvironment, PATH: `${join(COMPRESSORS, name)}${delimiter}${bareEnvironment.PATH}` } });

  test.each([
    ['dies early', 'dies-early', /cannot allocate memory/],
    ['is killed', 'killed-early', /SIGKILL/],
    ['fails after a complete file', 'fails-at-the-end', /the disk is on fire/],
    ['drops the end', 'drops-the-end', /./],
    ['writes nothing', 'writes-nothing', /./],
    ['stops reading', 'stops-reading', /./],
    ['stops reading at once', 'stops-reading-at-once', /./],
  ])('that %s leaves nothing', async (_what, fixture, message) => {
    const error = await failToBackUp(await withCompressor(fixture));
    expect(error).toMatchObject({ code: 'COMPRESSION_FAILED', exitCode: 1 });
    expect(error.message).toMatch(message);
  });

  test('that hangs is ended at the limit, and leaves nothing', async () => {
    const error = await failToBackUp(await withCompressor('hangs'), { maxDurationMs: 1_500 });
    expect(error).toMatchObject({ code: 'DUMP_TIMEOUT' });
  });
});
