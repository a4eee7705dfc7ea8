/** Where restored code runs, as `holdfast verify` says it: confined, refused, or let loose by who takes the risk. */
import { chmodSync, cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupDocument, verifyDocument } from '../../../src/cli/json/documents.js';
import { throwawayUser } from '../../../src/postgres/throwaway/os-user.js';
import { createDatabase, serverPrograms, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { runFailing, runJson } from './run-json.js';

const ROOT = join(import.meta.dirname, '../../..');
const asRoot = process.getuid?.() === 0;
/** Whom root becomes to be an ordinary user: initdb wants one that the system knows. */
const ordinary = await throwawayUser();

let source: TestDatabase;
const vault = newVault();
/** Holds a config in which the database is trusted, and one in which it is not. */
const directory = temporaryDirectory();

beforeAll(async () => {
  source = await createDatabase(undefined, 'CREATE TABLE t AS SELECT g FROM generate_series(1, 10) g');
  await runJson(backupDocument, ['backup', '--url', source.url, '--name', 'shop', '--vault', vault.url]);
  for (const trusted of [true, false]) {
    const text = `vault: ${vault.url}\ndatabases:\n  - {name: shop, dbName: shop, host: h, trusted: ${String(trusted)}}\n`;
    writeFileSync(join(directory, `trusted-${String(trusted)}.yaml`), text);
  }
});
afterAll(() => source?.end());

/** A PATH whose Perl is a script of ours. */
function withPerl(script: string): { PATH: string } {
  const parent = temporaryDirectory();
  const bin = join(parent, 'bin');
  mkdirSync(bin);
  // An ordinary user runs it too.
  chmodSync(parent, 0o755);
  writeFileSync(join(bin, 'perl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env.PATH ?? ''}` };
}

/** It does nothing that it is told. */
const broken = () => withPerl('exit 1');
/** What a kernel without Landlock has, and a container that does not let root become another user. */
const seccompAlone = () =>
  withPerl('[ "$3" = probe ] && exec sh -c \'/usr/bin/perl "$@" | grep -x seccomp\' sh "$@"\nexec /usr/bin/perl "$@"');

const config = (trusted: boolean) => ['--config', join(directory, `trusted-${String(trusted)}.yaml`)];

function proofOf(key: string | null): { confinement: { method: string }; notes: string[] } {
  return JSON.parse(readFileSync(join(vault.directory, key ?? ''), 'utf8')) as never;
}

describe('verify on a machine that can confine', () => {
  it('A4: says by what, in the document and in the proof', async () => {
    const { proofs } = await runJson(verifyDocument, ['verify', 'shop', ...config(false)]);
    const proof = proofs[0];
    expect(proof?.verdict).toBe('proven');
    expect(proof?.confinement).toContain('seccomp');
    expect(proof?.confinement).toContain(asRoot ? 'own-user' : 'landlock');
    expect(proof?.notes).toEqual([]);
    expect(proofOf(proof?.proofKey ?? null).confinement.method).toBe(proof?.confinement?.join(', '));
    const shown = await runHoldfast(['show', 'shop', ...config(false)]);
    expect(shown.stdout).toMatch(/confined by +.*seccomp/);
  });

  it('A4: lets the code loose with --unconfined, and says so', async () => {
    const { proofs } = await runJson(verifyDocument, ['verify', 'shop', '--unconfined', ...config(false)]);
    expect(proofs[0]).toMatchObject({ verdict: 'proven', confinement: [] });
    expect(proofs[0]?.notes).toEqual([expect.stringContaining('ran without confinement') as string]);
    const proof = proofOf(proofs[0]?.proofKey ?? null);
    expect(proof.confinement.method).toBe('none');
    expect(proof.notes).toEqual(proofs[0]?.notes);
  });
});

describe('verify on a machine that cannot confine', () => {
  it('A4: refuses with CONFINEMENT_MISSING, says why and what to do, and writes no proof', async () => {
    const failed = await runFailing(['verify', 'shop', ...config(false)], { env: broken() });
    expect(failed).toMatchObject({
      code: 'CONFINEMENT_MISSING',
      message: expect.stringMatching(/^Restored code is not run unconfined on this machine: Perl cannot run/) as string,
      hint: expect.stringMatching(/--unconfined, or trusted: true/) as string,
    });
    expect(failed.result.code).toBe(1);
  });

  it('A4: refuses where nothing but system calls can be limited, and says what is missing', async () => {
    const { code, message } = await runFailing(['verify', 'shop', ...config(false)], { env: seccompAlone() });
    expect(code).toBe('CONFINEMENT_MISSING');
    expect(message).toMatch(asRoot ? /does not let root become another user/ : /the kernel has no Landlock/);
  });

  it.each([
    ['--unconfined', ['--unconfined', ...config(false)], broken],
    ['trusted: true', config(true), broken],
  ])('A4: goes on with %s, and the document and the proof say that nothing confined it', async (_by, args, env) => {
    const { proofs } = await runJson(verifyDocument, ['verify', 'shop', ...args], { env: env() });
    expect(proofs[0]).toMatchObject({ verdict: 'proven', confinement: [] });
    const proof = proofOf(proofs[0]?.proofKey ?? null);
    expect(proof.confinement.method).toBe('none');
    expect(proof.notes).toEqual([expect.stringContaining('ran without confinement') as string]);
  });

  it('A4: with trusted: true takes what there is, and says what that leaves open', async () => {
    const { proofs } = await runJson(verifyDocument, ['verify', 'shop', ...config(true)], { env: seccompAlone() });
    expect(proofs[0]).toMatchObject({ verdict: 'proven', confinement: ['seccomp'] });
    const proof = proofOf(proofs[0]?.proofKey ?? null);
    expect(proof.confinement.method).toBe('seccomp');
    expect(proof.notes).toEqual([expect.stringMatching(/kept from the network, but not from the files/) as string]);
  });
});

/**
 * The restored code ends the restore with all that it has seen, so that the verdict tells it: nothing else comes out of a
 * drill.
 */
const telling = (script: string) => `
  CREATE FUNCTION public.tell() RETURNS boolean LANGUAGE plpgsql AS $f$
  DECLARE seen text;
  BEGIN
    IF pg_catalog.current_query() LIKE 'COPY %' AND pg_catalog.current_setting('fsync') = 'off'
       AND pg_catalog.current_setting('max_locks_per_transaction')::integer < 4096 THEN
      CREATE TEMP TABLE said (line text);
      COPY said FROM PROGRAM $p$(${script}) 2>&1$p$;
      SELECT pg_catalog.string_agg(line, ' | ') INTO seen FROM said;
      RAISE EXCEPTION 'seen: %', seen;
    END IF;
    RETURN true;
  END $f$;
  CREATE TABLE public.t (a integer, CHECK (public.tell()));
  INSERT INTO public.t VALUES (1);`;

/** Landlock itself, asked as a program would. */
function kernelHasLandlock(): boolean {
  return spawnSync('perl', ['-e', 'exit(syscall(444, 0, 0, 1) > 0 ? 0 : 1)']).status === 0;
}

describe('verify as an ordinary user', () => {
  it('A4: refuses where the kernel has no Landlock, or has it switched off, and says how to have it', async () => {
    const home = temporaryDirectory();
    cpSync(vault.directory, join(home, 'vault'), { recursive: true });
    const args = ['verify', 'shop', '--vault', `file://${home}/vault`, '--json'];
    const { status, stdout } = await runAsOrdinary(home, args, seccompAlone());
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as { error: unknown }).error).toMatchObject({
      code: 'CONFINEMENT_MISSING',
      message: expect.stringMatching(
        /the kernel has no Landlock to keep it from that user's files and processes/,
      ) as string,
      hint: expect.stringMatching(
        /kernel of 5\.13 or newer with Landlock \(\/sys\/kernel\/security\/lsm lists it\).*--unconfined/s,
      ) as string,
    });
  });

  it("A4: keeps restored code from the network, and from that user's own files and processes, or refuses", async () => {
    const home = temporaryDirectory();
    const secret = join(home, 'secret');
    writeFileSync(secret, 'of-the-same-user', { mode: 0o600 });
    let connections = 0;
    const listener = createServer(() => connections++);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const connect = `perl -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!\\n"; connect($s, pack_sockaddr_in(${port}, inet_aton("127.0.0.1"))) or die "connect: $!\\n"; print "connected\\n"'`;
    const script = `id -u; ${connect}; cat ${secret}; cat /proc/$PPID/environ; touch ${home}/marker; kill -0 -1 && echo signals`;
    const loud = await createDatabase(undefined, telling(script));
    try {
      // Where the user's own vault is.
      const own = newVault();
      await runJson(backupDocument, ['backup', '--url', loud.url, '--name', 'loud', '--vault', own.url]);
      const there = join(home, 'vault');
      cpSync(own.directory, there, { recursive: true });
      const result = await runAsOrdinary(home, ['verify', 'loud', '--vault', `file://${there}`, '--json']);
      const document = JSON.parse(result.stdout) as {
        proofs: { verdict: string; confinement: string[]; differences: { reason: string }[] }[];
        error?: { code: string; message: string };
      };
      if (asRoot || kernelHasLandlock()) {
        expect(kernelHasLandlock(), 'This kernel has no Landlock: run the test where it has.').toBe(true);
        expect(result.status, result.stderr).toBe(3);
        const [proof] = document.proofs;
        expect(proof?.confinement).toEqual(['seccomp', 'landlock']);
        const seen = /seen: (.*)/.exec(proof?.differences[0]?.reason ?? '')?.[1] ?? '';
        // As that user, who owns all of it: its modes keep nobody out.
        expect(seen).toMatch(new RegExp(`^${ordinary?.uid ?? process.getuid?.()} \\| socket: Permission denied`));
        expect(seen).toMatch(/cat: \S+secret: Permission denied/);
        expect(seen).toMatch(/environ: Permission denied/);
        expect(seen).toMatch(/marker.*: Permission denied/);
        expect(seen).not.toContain('of-the-same-user');
      } else {
        expect(result.status).toBe(1);
        expect(document.error).toMatchObject({ code: 'CONFINEMENT_MISSING' });
        expect(document.error?.message).toMatch(/the kernel has no Landlock/);
      }
      expect(connections).toBe(0);
    } finally {
      listener.close();
      await loud.end();
    }
  });
});

/** As somebody without rights: where we are root, as a user that nobody is. Its home and vault are given to it. */
async function runAsOrdinary(home: string, args: readonly string[], { PATH } = { PATH: process.env.PATH ?? '' }) {
  // Those of the tests keep clusters that other users may not read.
  const HOLDFAST_PG_BIN = dirname(realpathSync((await serverPrograms()).program('postgres')));
  const command = [process.execPath, join(ROOT, 'bin/holdfast'), ...args];
  const [uid, gid] = [String(ordinary?.uid), String(ordinary?.gid)];
  const asUser = ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--'];
  if (ordinary) spawnSync('chown', ['-R', `${uid}:${gid}`, home]);
  chmodSync(home, 0o700);
  const [first = '', ...rest] = ordinary ? [...asUser, ...command] : command;
  return spawnSync(first, rest, {
    cwd: home,
    encoding: 'utf8',
    env: { PATH, HOLDFAST_PG_BIN, HOME: home, TMPDIR: '/tmp' },
  });
}
