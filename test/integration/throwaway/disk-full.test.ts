/** A dump that fills the disk ends its drill, not the machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { watchedDrill } from '../../helpers/watched-drill.js';
import { accessTo, filesIn, makeContext, takeBackup, verify } from '../backup/harness.js';

const MIB = 2 ** 20;
const asRoot = process.getuid?.() === 0;

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;

beforeAll(async () => {
  context = await makeContext();
  source = await createDatabase();
  // It writes for as long as it is let, and goes on when the disk is full: to end it is the watch's part.
  await source.query(`
    CREATE FUNCTION public.fill() RETURNS boolean LANGUAGE plpgsql AS $f$
    BEGIN
      IF pg_catalog.current_query() LIKE 'COPY %' AND pg_catalog.current_setting('fsync') = 'off'
         AND pg_catalog.current_setting('max_locks_per_transaction')::integer < 4096 THEN
        COPY (SELECT 1) TO PROGRAM 'cat > begun; while :; do head -c 1048576 /dev/zero >> filler 2> /dev/null; done';
      END IF;
      RETURN true;
    END $f$;
    CREATE TABLE public.t (a integer, CHECK (public.fill()));
    INSERT INTO public.t VALUES (1);`);
  ({ backup } = await takeBackup(await accessTo(source.name), context, { name: 'filling' }));
});
afterAll(() => source?.end());

const proofs = () => filesIn(context).filter((name) => name.includes('.proof-'));

describe('a drill on a disk that is nearly full', () => {
  it('A4: ends with THROWAWAY_DISK_FULL, writes no proof, and is removed', async () => {
    // More than any disk has: too little is left from the start.
    const drill = watchedDrill([], { reserveBytes: Number.MAX_SAFE_INTEGER });
    await expect(verify(backup, context, drill.start)).rejects.toMatchObject({
      code: 'THROWAWAY_DISK_FULL',
      exitCode: 1,
      message: expect.stringContaining('The drill was ended and removed.') as string,
    });
    expect(proofs()).toEqual([]);
    expect(existsSync(drill.directory())).toBe(false);
  });

  it.runIf(asRoot)('A4: is ended where its restored code fills the disk, before all of it is used', async () => {
    const disk = temporaryDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=1777', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', [disk]));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = disk;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    const drill = watchedDrill(['begun'], { reserveBytes: 64 * MIB });
    const error: unknown = await verify(backup, context, drill.start).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'THROWAWAY_DISK_FULL',
      message: expect.stringContaining(`server in ${drill.directory()} is nearly full`) as string,
    });
    // The code ran: it was not for something else.
    expect(drill.read('begun')).toBe('1\n');
    expect(drill.directory().startsWith(disk)).toBe(true);
    expect(readdirSync(disk)).toEqual([]);
    expect(proofs()).toEqual([]);
  });
});
