/** The bucket of the layer-2 document's pipeline, filled by running it, and then adopted. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAwsCli } from '../../../scripts/setup/emulator.mjs';
import { checkBackup } from '../../../src/backup/check/check-backup.js';
import { compareBackups } from '../../../src/backup/compare/compare-backups.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { pruneBackups } from '../../../src/backup/retention/prune-backups.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { adoptDocument, listDocument } from '../../../src/cli/json/documents.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { listBackups } from '../../../src/vault/catalog.js';
import { openVault } from '../../../src/vault/open-vault.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { useEmulator } from '../../helpers/emulator.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { runJson } from '../cli/run-json.js';
import { fakePrograms } from './fake-programs.js';
import { accessTo, makeContext, restore, verify } from './harness.js';

const PIPELINE = join(import.meta.dirname, '../../fixtures/pipeline/layer2-pgdump.sh');
const HOW_TO = join(import.meta.dirname, '../../../docs/how-to/move-existing-backups.md');
const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');
const ROWS = `CREATE TABLE public.ticks (id integer PRIMARY KEY, note text);
  INSERT INTO public.ticks SELECT i, md5(i::text) FROM generate_series(1, 20000) i;`;

const emulator = useEmulator();
let bucket: string;
let source: TestDatabase;
let context: BackupContext;

/** The pipeline, as CodeBuild would run it. */
async function runPipeline(timestamp: string, programs: string): Promise<void> {
  const { host, port, superuser } = sharedServer();
  const aws = dirname(findAwsCli() ?? '');
  await promisify(execFile)(PIPELINE, [bucket, source.name, timestamp], {
    env: {
      ...emulator.env,
      ...{ PGHOST: host, PGPORT: String(port), PGUSER: superuser, NAME: 'appdb', HOME: '/nonexistent' },
      KMS_KEY: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
      PATH: [programs, aws, process.env.PATH].join(delimiter),
    },
  });
}

async function objects(): Promise<Map<string, string>> {
  const { Contents = [] } = await emulator.client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return new Map(Contents.map(({ Key, ETag, LastModified }) => [Key ?? '', `${ETag} ${LastModified?.toISOString()}`]));
}

const keyOf = (day: string, stamp: string) => `layer2/appdb/2026/01/${day}/appdb_${stamp}.sql.gz`;
const GOOD = [keyOf('01', '20260101T030000Z'), keyOf('02', '2026-01-02_030000')] as const;
const TRUNCATED = [keyOf('03', '20260103T030000Z'), keyOf('05', '20260105T030000Z')] as const;

beforeAll(async () => {
  bucket = await emulator.createBucket();
  source = await createDatabase(sharedServer(), SHOP + ROWS);
  context = await makeContext({ store: await openVault(`s3://${bucket}`, { env: emulator.env }) });
  const real = (await fakePrograms({}))[0]?.directory ?? '';
  await runPipeline('20260101T030000Z', real);
  await source.query('DELETE FROM public.ticks WHERE id > 19000');
  await runPipeline('2026-01-02_030000', real);
  // It is killed in the middle of the rows: the pipeline ends with 0 all the same.
  await runPipeline('20260103T030000Z', (await fakePrograms({ pg_dump: 'dies-midway' }))[0]?.directory ?? '');
  // It never begins.
  await runPipeline('20260104T030000Z', (await fakePrograms({ pg_dump: 'writes-nothing' }))[0]?.directory ?? '');
  const cut = join(temporaryDirectory(), 'cut');
  const whole = await emulator.client.send(new GetObjectCommand({ Bucket: bucket, Key: GOOD[0] }));
  writeFileSync(cut, ((await whole.Body?.transformToByteArray()) ?? new Uint8Array()).subarray(0, 50_000));
  await emulator.aws('s3', 'cp', cut, `s3://${bucket}/${TRUNCATED[1]}`);
  writeFileSync(cut, 'see the wiki');
  await emulator.aws('s3', 'cp', cut, `s3://${bucket}/layer2/appdb/README.txt`);
}, 120_000);
afterAll(() => source?.end());

test('a dry run says what there is and what it costs, and an adoption names what is truncated and touches nothing', async () => {
  const before = await objects();
  expect([...before.keys()]).toEqual(expect.arrayContaining([...GOOD, ...TRUNCATED]));
  const vault = ['--vault', `s3://${bucket}`];
  const env = { ...emulator.env };
  const planned = await runJson(adoptDocument, ['adopt', ...vault, '--dry-run'], { env });
  expect(planned).toMatchObject({
    databases: [{ database: 'appdb', dumps: 5 }],
    cost: { lists: 1, gets: 5 },
    others: { total: 1, keys: ['layer2/appdb/README.txt'] },
  });
  expect(await objects()).toEqual(before);

  const adopted = await runJson(adoptDocument, ['adopt', 'appdb', ...vault], { env, exitCode: 3 });
  expect(adopted.adopted.map(({ key, rows }) => [key, rows])).toEqual([
    [GOOD[0], expect.any(Number)],
    [GOOD[1], (adopted.adopted[0]?.rows ?? 0) - 1000],
  ]);
  expect(adopted.refused.map(({ key, truncated, code }) => [key, truncated, code])).toEqual([
    [TRUNCATED[0], true, 'DUMP_TRUNCATED'],
    [keyOf('04', '20260104T030000Z'), false, 'DUMP_UNRECOGNIZED'],
    [TRUNCATED[1], true, 'DUMP_TRUNCATED'],
  ]);
  const after = await objects();
  for (const [key, seen] of before) expect([key, after.get(key)]).toEqual([key, seen]);
  expect(after.size).toBe(before.size + 2 * 3);

  const { backups } = await runJson(listDocument, ['list', ...vault], { env });
  expect(
    backups.map(({ key, state, standing, anomalies }) => [key, state, standing, anomalies.map(({ kind }) => kind)]),
  ).toEqual([
    [TRUNCATED[1], 'incomplete', 'incomplete', []],
    [keyOf('04', '20260104T030000Z'), 'incomplete', 'incomplete', []],
    [TRUNCATED[0], 'incomplete', 'incomplete', []],
    [GOOD[1], 'complete', 'unverified', ['older-than-stored']],
    [GOOD[0], 'complete', 'unverified', ['older-than-stored']],
  ]);
}, 120_000);

test('the good ones are checked, compared, proven and restored, and count as proven only then', async () => {
  const [older, newer] = await Promise.all(GOOD.map((key) => resolveBackup(context.store, key)));
  if (!older || !newer) throw new Error('not found');
  const policy = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 };
  const prune = async () => {
    const request = { policyOf: () => policy, volumeOf: () => resolveVolume(), dryRun: true };
    const { databases } = await pruneBackups(request, context);
    return databases[0]?.decisions
      .filter(({ standing }) => standing !== 'incomplete')
      .map(({ action, reasons }) => [action, reasons[0]]);
  };
  expect(await prune()).toEqual([
    ['keep', 'newest, as none is proven'],
    ['remove', 'kept by no rule'],
  ]);
  expect(await checkBackup(older, context)).toMatchObject({ verdict: 'intact', problems: [] });
  const compared = await compareBackups({ before: older, after: newer }, context);
  expect(JSON.stringify(compared)).toContain('ticks');
  const drill = serverDrill(await accessTo('postgres'));
  expect(await verify(older, context, drill)).toMatchObject({ verdict: 'proven', differences: [] });
  const proven = await resolveBackup(context.store, GOOD[0]);
  expect(proven.proofKeys).toHaveLength(1);
  expect((await prune())?.[1]).toEqual(['keep', 'newest proven']);
  const target = await createDatabase();
  try {
    await restore(newer, await accessTo(target.name), context);
    expect(await target.query('SELECT count(*)::int AS n FROM public.ticks')).toEqual([{ n: 19000 }]);
  } finally {
    await target.end();
  }
}, 120_000);

test('an interrupted adoption is continued, a repeated one changes nothing, and a copy goes to another vault', async () => {
  const env = { ...emulator.env };
  const args = ['adopt', '--vault', `s3://${bucket}`];
  const [base] = GOOD[0].split('.sql');
  // As a run leaves it that was killed before its last step.
  await emulator.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${base}.manifest.json` }));
  const continued = await runJson(adoptDocument, args, { env, exitCode: 3 });
  expect(continued).toMatchObject({ known: 1, adopted: [{ key: GOOD[0] }] });
  const before = await objects();
  expect(await runJson(adoptDocument, args, { env, exitCode: 3 })).toMatchObject({ known: 2, adopted: [] });
  expect(await objects()).toEqual(before);

  const { url, directory } = newVault();
  const copied = await runJson(adoptDocument, ['adopt', '--from', `s3://${bucket}`, '--vault', url], {
    env,
    exitCode: 3,
  });
  expect(copied.adopted).toHaveLength(2);
  expect(await objects()).toEqual(before);
  const copies = await listBackups(await openVault(`file://${directory}`), 'appdb');
  expect(copies.map(({ state }) => state)).toEqual(['complete', 'complete']);
}, 120_000);

test('the commands of the how-to work as they are written there', async () => {
  const directory = temporaryDirectory();
  const { host, port, superuser } = sharedServer();
  const pgDump = (await serverPrograms()).program('pg_dump');
  await promisify(execFile)(pgDump, ['-Fc', '-f', 'orders.dump', source.name], {
    cwd: directory,
    env: { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: superuser },
  });
  const { url } = newVault();
  const [pages = ''] = readFileSync(HOW_TO, 'utf8').split('## To another directory or disk');
  const commands = [...pages.matchAll(/^holdfast (.*)$/gm)].map(([, args = '']) => args);
  expect(commands).toHaveLength(8);
  for (const command of commands) {
    const args = command
      .replace('s3://rds-backup-layer2-prod', `s3://${bucket}`)
      .replace('file:///srv/vault', url)
      .split(' ');
    const { code, stdout, stderr } = await runHoldfast(args, { env: { ...emulator.env }, cwd: directory });
    // Something is truncated.
    expect([command, code, stderr]).toEqual([command, command.startsWith('adopt --vault') ? 3 : 0, expect.any(String)]);
    if (command.startsWith('adopt --vault')) expect(stdout).toContain(`truncated: ${TRUNCATED[0]}`);
    if (command.startsWith('adopt --dry-run')) expect(stdout).toMatch(/It would read .* \d GET/);
    if (command.startsWith('show'))
      expect(stdout.replace(/\s+/g, ' ')).toMatch(/not known .*snapshot, commit-gate, globals/);
    if (command.startsWith('verify')) expect(stdout).toContain('proven');
    if (command.startsWith('verify ./')) expect(stdout).toContain('needs roles  postgres, shop_owner');
    if (command.startsWith('list orders')) expect(stdout).toContain('complete');
  }
}, 240_000);
