/**
 * A database with every kind of object of its major, backed up by its own client and each newer one, and restored into each
 * server that is as new as the client: proven on its own major, and restored into every other.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { openDatabase, type TestServer } from '../helpers/postgres.js';
import { accessTo, takeBackup, verify } from '../integration/backup/harness.js';
import { recordCell } from './cells.js';
import { contextWith, describeMajors, majorsFrom, programsOf, seenWith, startMajor, versionsSql } from './majors.js';

/** From each of these majors on there is more. */
const ADDED = [15, 17, 18];

describeMajors(13, 'a database of %i', (source) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startMajor(source);
    const admin = openDatabase(server, 'postgres');
    await admin.query(versionsSql('roles'));
    await admin.query('CREATE DATABASE common');
    await admin.query('GRANT CREATE ON DATABASE common TO hf_owner');
    const database = openDatabase(server, 'common');
    await database.query(versionsSql('common'));
    for (const major of ADDED.filter((added) => added <= source)) await database.query(versionsSql(`new${major}`));
  });
  afterAll(() => server?.stop());

  describeMajors(source, `${source}, dumped by %i`, (client) => {
    let context: BackupContext;
    let backup: CompleteBackup;
    /** What pg_dump has written so that no server takes it. */
    let exception: { readonly name: string; readonly reason: RegExp } | undefined;

    beforeAll(async () => {
      context = await contextWith([client]);
      const taken = await takeBackup(await accessTo('common', { server }), context);
      ({ backup } = taken);
      const warned = taken.result.warnings.some((warning) => /attributes of its own \(pg_attver\)/.test(warning));
      exception = warned ? { name: 'pg_attver', reason: /unrecognized parameter "pg_attver"/ } : undefined;
    });

    it.each(majorsFrom(client))('15: comes back in %i', async (drill) => {
      const result = await verify(backup, await seenWith(context, [drill]));
      const { version } = await programsOf(drill);
      recordCell({
        source: server.version,
        client: (await programsOf(client)).version,
        drill: version,
        database: 'common',
        verdict: result.verdict,
        exceptions: exception ? [exception.name] : [],
      });
      if (exception) {
        const reason = expect.stringMatching(exception.reason) as string;
        expect(result.differences).toEqual([expect.objectContaining({ type: 'RESTORE', reason })]);
        return;
      }
      expect(result).toMatchObject({ verdict: drill === source ? 'proven' : 'restores', differences: [] });
      if (drill !== source) expect(result.across).toMatchObject({ sourceMajor: source, serverMajor: drill });
    });
  });
});
