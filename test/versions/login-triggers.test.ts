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
    await openDatabase(server, 'postgres').query('CREATE ROLE visitor LOGIN');
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

  it.each([
    ['closed_1', 'a mistake', 'PERFORM 1 / (SELECT 0)'],
    ['closed_2', 'a refusal that looks like a wrong password', `RAISE 'no' USING ERRCODE = '28P01'`],
    ['closed_3', 'a refusal that looks like a missing database', `RAISE 'no' USING ERRCODE = '3D000'`],
  ])(
    '15.5: in %s ends in %s, which is what the error says, and not the network or the password',
    async (name, _, statement) => {
      await openDatabase(server, 'postgres').query(`CREATE DATABASE ${name}`);
      const closed = openDatabase(server, name);
      await closed.query(`
      CREATE FUNCTION public.admit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; END $$;
      CREATE EVENT TRIGGER admit ON login EXECUTE FUNCTION public.admit()`);
      const access = await accessTo(name, { server, user: 'visitor' });
      await expect(access.connect()).rejects.toMatchObject({
        code: 'LOGIN_TRIGGER_FAILED',
        message: expect.stringMatching(
          /It comes from PL\/pgSQL function (?:public\.)?admit\(\).*, which a login runs\.$/,
        ) as string,
        hint: expect.stringContaining('ALTER EVENT TRIGGER') as string,
      });
      // A superuser's session fires none, and can mend it.
      const superuser = await (await accessTo(name, { server })).connect();
      await superuser.query('ALTER EVENT TRIGGER admit DISABLE');
      await superuser.end();
      await (await access.connect()).end();
    },
  );
});
