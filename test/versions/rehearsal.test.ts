/** `verify --major` as a user runs it, on a machine with the programs of several majors. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupDocument, listDocument, showDocument, verifyDocument } from '../../src/cli/json/documents.js';
import { statusDocument } from '../../src/cli/json/status-document.js';
import { openDatabase, type TestServer } from '../helpers/postgres.js';
import { newVault } from '../helpers/vault.js';
import { runFailing, runJson } from '../integration/cli/run-json.js';
import { MAJORS, programsOf, startMajor } from './majors.js';

const [source = 0, ...newer] = MAJORS;

describe(`a backup of ${source} that is rehearsed on ${newer.join(', ') || 'no other'}`, () => {
  let server: TestServer;
  let vault: string;
  let env: Readonly<Record<string, string>>;
  let key: string;

  beforeAll(async () => {
    server = await startMajor(source);
    await openDatabase(server, 'postgres').query('CREATE DATABASE shop');
    const shop = openDatabase(server, 'shop');
    await shop.query(
      'CREATE TABLE orders AS SELECT 1 AS id; CREATE VIEW v AS SELECT o.id FROM orders o WHERE o.id > 0',
    );
    vault = newVault().url;
    const directories = await Promise.all(MAJORS.map(async (major) => (await programsOf(major)).directory));
    env = { PATH: [...directories, process.env.PATH].join(':') };
    const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault];
    key = (await runJson(backupDocument, args, { env })).backups[0]?.key ?? '';
  });
  afterAll(() => server?.stop());

  it('15.2: restores into each, and is proven on its own, in one command, and every command says both', async () => {
    const args = ['verify', 'shop', '--major', MAJORS.join(','), '--vault', vault];
    const { proofs } = await runJson(verifyDocument, args, { env });
    expect(proofs).toMatchObject([
      { key, verdict: 'proven', across: null, differences: [], stored: true },
      ...newer.map((serverMajor) => ({
        ...{ key, verdict: 'restores', differences: [], stored: true },
        across: { sourceMajor: source, serverMajor },
      })),
    ]);
    const elsewhere = newer.map((serverMajor) => ({ serverMajor, verdict: 'restores' }));
    const { backups } = await runJson(listDocument, ['list', '--vault', vault], { env });
    expect(backups).toMatchObject([{ proof: { verdict: 'proven' }, across: elsewhere }]);
    const { backup } = await runJson(showDocument, ['show', 'shop', '--vault', vault], { env });
    expect(backup).toMatchObject({ proof: { verdict: 'proven' }, across: elsewhere });
    const { databases } = await runJson(statusDocument, ['status', '--vault', vault], { env });
    expect(databases).toMatchObject([{ lastProof: { verdict: 'proven' }, across: elsewhere }]);
  });

  it('15.2: is refused for a server that is older than the source', async () => {
    const args = ['verify', 'shop', '--major', String(source - 1), '--vault', vault];
    const { code, message } = await runFailing(args, { env });
    expect(code).toBe('USAGE');
    expect(message).toContain(`restores into ${source} or newer`);
  });
});
