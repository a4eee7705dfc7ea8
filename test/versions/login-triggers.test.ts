/** Event triggers at login (17 and newer) fire for whoever signs in, and for none of the sessions that look at a copy. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { openDatabase, type TestServer } from '../helpers/postgres.js';
import { accessTo, restore, takeBackup, verify } from '../integration/backup/harness.js';
import { contextWith, describeMajors, startMajor } from './majors.js';

const SQL = `
  CREATE TABLE public.logins (who text, at timestamptz DEFAULT now());
  CREATE FUNCTION public.note_login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO public.logins (who) VALUES (session_user); END $$;
  CREATE EVENT TRIGGER note_login ON login EXECUTE FUNCTION public.note_login();
  ALTER EVENT TRIGGER note_login ENABLE ALWAYS`;

describeMajors(17, 'a trigger at login on %i', (major) => {
  let server: TestServer;
  let context: BackupContext;
  let backup: CompleteBackup;

  beforeAll(async () => {
    server = await startMajor(major);
    await openDatabase(server, 'postgres').query('CREATE DATABASE noted');
    await openDatabase(server, 'noted').query(SQL);
    context = await contextWith([major]);
    ({ backup } = await takeBackup(await accessTo('noted', { server }), context));
  });
  afterAll(() => server?.stop());

  it('15.5: makes no difference in a drill', async () => {
    expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
  });

  it('15.5: notes none of our sessions in a restored copy, and --check finds it equal', async () => {
    const target = await accessTo('copy', { server });
    const restored = await restore(backup, target, context, { create: true, check: true });
    expect(restored.comparison).toMatchObject({ differences: [] });
    // Of those that are in it, each came with the backup, but for the session that asks.
    const rows = await openDatabase(server, 'copy').query<{ n: string }>('SELECT count(*) AS n FROM public.logins');
    expect(Number(rows[0]?.n)).toBe(1);
  });
});
