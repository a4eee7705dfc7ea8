/** A verdict that is reached is told, whatever becomes of its proof. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  backupDocument,
  listDocument,
  pruneDocument,
  vaultInitDocument,
  verifyDocument,
} from '../../../src/cli/json/documents.js';
import { FaultProxy } from '../../emulator/fault-proxy.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast, startHoldfast } from '../../helpers/holdfast.js';
import { nextSecond } from '../../helpers/next-second.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { parseDocument, runJson } from './run-json.js';

const emulator = useEmulator();
let proxy: FaultProxy;
let source: TestDatabase;
let bucket: string;
let vault: string;
const keys: string[] = [];

beforeAll(async () => {
  proxy = await FaultProxy.start(() => emulator.endpoint);
  source = await createDatabase(sharedServer(), `CREATE TABLE t AS SELECT g FROM generate_series(1, 100) g`);
  bucket = await emulator.createBucket();
  vault = `s3://${bucket}`;
  for (const name of ['first', 'second']) {
    const args = ['backup', '--url', source.url, '--name', name, '--vault', vault];
    const { backups } = await runJson(backupDocument, args, { env: emulator.env });
    keys.push(backups[0]?.key ?? '');
  }
});
afterAll(async () => {
  await proxy?.stop();
  await source?.end();
});

/** The proofs of a database are refused, as where a policy admits reading alone. */
function refuseProofsOf(database: string): void {
  proxy.fail(
    'PutObject',
    ({ key }) =>
      key.startsWith(`layer2/${database}/`) && key.includes('.proof-')
        ? { kind: 'answer', status: 403, code: 'AccessDenied' }
        : undefined,
    Infinity,
  );
}

beforeEach(() => {
  proxy.clear();
  refuseProofsOf('first');
});

const options = () => ({
  // Nothing of the machine's own config.
  cwd: temporaryDirectory(),
  env: { ...emulator.env, AWS_ENDPOINT_URL: proxy.endpoint },
});

async function damage(key: string): Promise<() => Promise<unknown>> {
  const { Body } = await emulator.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  const put = (body: Buffer) => emulator.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  await put(Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]));
  return () => put(bytes);
}

describe('C: a verdict whose proof cannot be stored', () => {
  it('C: is printed with the reason and ends with 1 where it is good; the others are verified and stored', async () => {
    const document = await runJson(verifyDocument, ['verify', '--all', '--vault', vault], {
      ...options(),
      exitCode: 1,
    });
    const reason = expect.stringMatching(
      /^The verdict on layer2\/first\/\S+ is "proven" but could not be stored as a proof: .*(403|denied)/i,
    ) as string;
    expect(document.proofs).toEqual([
      expect.objectContaining({ key: keys[0], verdict: 'proven', stored: false, proofKey: null, notStored: reason }),
      expect.objectContaining({ key: keys[1], verdict: 'proven', stored: true, notStored: null }),
    ]);
    expect(document.error).toMatchObject({ message: reason, exitCode: 1 });
    expect(document.errors).toEqual([expect.objectContaining({ database: 'first', message: reason })]);

    const { code, stdout, stderr } = await runHoldfast(['verify', 'first', '--vault', vault], options());
    expect(code).toBe(1);
    expect(stdout).toMatch(/^first +proven /m);
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/error: first: The verdict on \S+ is "proven" but could not be stored/);
  });

  it('C: ends with 3 where it is bad: that is what must be heard', async () => {
    const mend = await damage(keys[0] ?? '');
    try {
      const document = await runJson(verifyDocument, ['verify', 'first', '--vault', vault], {
        ...options(),
        exitCode: 3,
      });
      expect(document.proofs).toEqual([expect.objectContaining({ verdict: 'unreadable', stored: false })]);
      expect(document.error).toBeUndefined();
      expect(document.errors).toEqual([expect.objectContaining({ database: 'first', exitCode: 1 })]);
    } finally {
      await mend();
    }
  });

  it('C: of a backup whose manifest cannot be read says why there is none', async () => {
    const manifest = (keys[1] ?? '').replace('.sql.gz', '.manifest.json');
    const mend = await damage(manifest);
    try {
      const args = ['verify', 'second', '--vault', vault];
      const { proofs } = await runJson(verifyDocument, args, { ...options(), exitCode: 3 });
      expect(proofs[0]).toMatchObject({ verdict: 'unreadable', stored: false, proofKey: null });
      expect(proofs[0]?.notStored).toContain('manifest');
    } finally {
      await mend();
    }
  });
});

describe('C: an interruption between the verdict and its proof', () => {
  it('C: leaves the verdict printed, without a proof, with exit 130', async () => {
    proxy.clear();
    const { child, result } = startHoldfast(['verify', 'second', '--vault', vault, '--json'], options());
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // The first thing that is done once there is a verdict: to see whether the proof's key is free.
    proxy.fail(
      'HeadObject',
      ({ key }) =>
        key.includes('.proof-')
          ? {
              kind: 'first',
              run: async () => {
                child.kill('SIGINT');
                await eventually('it stops', () => said.includes('Stopping'));
              },
            }
          : undefined,
      Infinity,
    );
    const ended = await result;
    expect(ended.code, ended.stderr).toBe(130);
    const document = parseDocument(verifyDocument, ended);
    expect(document.proofs).toEqual([
      expect.objectContaining({ key: keys[1], verdict: 'proven', stored: false, proofKey: null }),
    ]);
    expect(document.error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect(document.error?.message).toMatch(/^The verdict on \S+ is "proven" but .*Interrupted by SIGINT/);
    expect(document.error?.hint).toContain('the verdict is printed');
  });
});

describe('C: removals that are ended midway', () => {
  it('C: are told as far as they came, with exit 130', async () => {
    const prefix = `${vault}/pruned`;
    const taken: string[] = [];
    await runJson(vaultInitDocument, ['vault', 'init', '--vault', prefix], { env: emulator.env });
    for (let count = 0; count < 3; count++) {
      await nextSecond();
      const args = ['backup', '--url', source.url, '--name', 'third', '--vault', prefix];
      const { backups } = await runJson(backupDocument, args, { env: emulator.env });
      taken.push(backups[0]?.key ?? '');
    }
    proxy.clear();
    const args = ['prune', 'third', '--keep-last', '1', '--vault', prefix, '--json'];
    const { child, result } = startHoldfast(args, options());
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const second = (taken[1] ?? '').replace('.sql.gz', '.manifest.json');
    proxy.fail(
      'DeleteObject',
      ({ key }) =>
        key.endsWith(second)
          ? {
              kind: 'first',
              run: async () => {
                child.kill('SIGINT');
                await eventually('it stops', () => said.includes('Stopping'));
              },
            }
          : undefined,
      Infinity,
    );
    const ended = await result;
    expect(ended.code, ended.stderr).toBe(130);
    const document = parseDocument(pruneDocument, ended);
    const removed = document.databases[0]?.decisions.map((decision) => [decision.key, decision.removed]);
    expect(removed).toEqual([
      [taken[2], false],
      [taken[1], false],
      [taken[0], true],
    ]);
    expect(document.error?.message).toMatch(new RegExp(`^Removing stopped at ${taken[1]}: Interrupted by SIGINT`));
    await runJson(pruneDocument, args.slice(0, -1), options());
    const { backups } = await runJson(listDocument, ['list', 'third', '--vault', prefix], options());
    // What the removal has left stays for a week: it could be of a backup that is being taken.
    expect(backups.filter(({ state }) => state === 'complete').map(({ key }) => key)).toEqual([taken[2]]);
  });
});
