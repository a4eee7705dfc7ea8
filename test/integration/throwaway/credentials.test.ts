/** Restored code that wants the password of who verifies: it lays what it can, asks for it, and gets none. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { DrillStarter } from '../../../src/backup/verify/drill.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { watchedDrill, type WatchedDrill } from '../../helpers/watched-drill.js';
import { accessTo, filesIn, makeContext, takeBackup, verify } from '../backup/harness.js';

const SECRET = 'pa55-of-the-one-who-verifies';

/**
 * A server in the place of the true one, which asks for a password in clear and writes down all that it is sent. It says
 * that it is there once it is, and answers each client in a process of its own.
 */
const FAKE_SERVER = String.raw`
  use Socket; $SIG{CHLD} = "IGNORE";
  socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
  bind($s, pack_sockaddr_un($ARGV[0])) or die "bind: $!\n";
  chmod 0777, $ARGV[0]; listen($s, 50) or die "listen: $!\n";
  open my $up, ">", "up"; print $up "up"; close $up;
  while (accept(my $c, $s)) {
    next if fork;
    sysread $c, my $hello, 65536;
    open my $log, ">>", "asked"; syswrite $log, "asked\n"; close $log;
    syswrite $c, "R\0\0\0\x08\0\0\0\x03";
    sysread $c, my $answer, 65536;
    open $log, ">>", "answers"; syswrite $log, $hello . ($answer // "") . "\nanswered\n"; close $log;
    exit;
  }`;

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;

beforeAll(async () => {
  const home = temporaryDirectory();
  writeFileSync(join(home, '.pgpass'), `*:*:*:*:${SECRET}\n`, { mode: 0o600 });
  mkdirSync(join(home, '.postgresql'));
  writeFileSync(join(home, '.pg_service.conf'), `[mine]\npassword=${SECRET}\n`, { mode: 0o600 });
  const plain = await makeContext();
  source = await createDatabase();
  // What the CHECK runs: a link to the password file in the home, and another server in the place of the socket.
  const program = `{
      ln -s ${home}/.pgpass "$HOME/.pgpass"; echo "linked: $?"
      socket=$(dirname "$PWD")/.s.PGSQL.5432
      rm -f "$socket" 2>/dev/null; echo "removed: $?"
      cat > fake.pl
      (setsid perl fake.pl "$socket" > fake.out 2>&1 < /dev/null; echo ended >> fake.out) > /dev/null 2>&1 &
      until [ -s up ] || grep -q ended fake.out 2>/dev/null; do sleep 0.05; done
      cat fake.out
    } > struck 2>&1`;
  await source.query(`
    CREATE FUNCTION public.strike() RETURNS boolean LANGUAGE plpgsql AS $f$
    BEGIN
      IF pg_catalog.current_query() LIKE 'COPY %' AND pg_catalog.current_setting('fsync') = 'off'
         AND pg_catalog.current_setting('max_locks_per_transaction')::integer < 4096 THEN
        EXECUTE pg_catalog.format('COPY (SELECT line FROM pg_catalog.unnest(%L::pg_catalog.text[]) line) TO PROGRAM %L',
          ARRAY[${FAKE_SERVER.trim()
            .split('\n')
            .map((line) => `$l$${line.replaceAll('\\0', '\\x00').replaceAll('\\', '@')}$l$`)
            .join(', ')}], $p$${program.replace('cat > fake.pl', "tr @ '\\\\' > fake.pl")}$p$);
      END IF;
      RETURN true;
    END $f$;
    CREATE TABLE public.t (a integer, CHECK (public.strike()));
    INSERT INTO public.t VALUES (1);`);
  ({ backup } = await takeBackup(await accessTo(source.name), plain, { name: 'asking' }));
  // All the places where a password lies for a user's own connections.
  context = {
    ...plain,
    env: { ...plain.env, HOME: home, PGPASSFILE: join(home, '.pgpass'), PGPASSWORD: SECRET, PGSERVICE: 'mine' },
  };
});
afterAll(() => source?.end());

/** The driver reads our own environment where it is let. */
function setOwnEnvironment(): void {
  for (const name of ['PGPASSWORD', 'PGPASSFILE', 'HOME']) {
    const before = process.env[name];
    process.env[name] = context.env[name];
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** The drill is ended once every client that was asked has answered, or gone. */
function afterItsAnswers(drill: WatchedDrill): DrillStarter {
  const count = (file: string, word: RegExp) => {
    const path = join(drill.directory(), 'data', file);
    return existsSync(path) ? [...readFileSync(path, 'latin1').matchAll(word)].length : 0;
  };
  return async (stored, where) => {
    const started = await drill.start(stored, where);
    const stop = async () => {
      await expect.poll(() => count('answers', /\nanswered\n/g)).toBe(count('asked', /asked\n/g));
      await started.stop();
    };
    return { ...started, stop };
  };
}

describe('a CHECK that links the password file into the home, and puts a server of its own in the place of the socket', () => {
  it('A3: gets the link, and not the socket, where the drill is confined: the drill goes on, and proves', async () => {
    setOwnEnvironment();
    const drill = watchedDrill(['struck', 'asked', 'answers']);
    const result = await verify(backup, context, drill.start);
    // It has struck, or the rest says nothing.
    expect(drill.read('struck')).toMatch(/^linked: 0\nremoved: [1-9]\d*\n/);
    expect(drill.read('struck')).toMatch(/^(?:bind: (?:Address already in use|Permission denied)|socket: .+)$/m);
    expect(drill.read('asked')).toBeUndefined();
    expect(result.verdict).toBe('proven');
  });

  it('A3: gets the socket where nothing confines it, asks for a password, and is given none', async () => {
    setOwnEnvironment();
    const drill = watchedDrill(['struck', 'asked', 'answers'], { confinement: 'none' });
    // Nothing but a confinement ends what leaves the server's session.
    onTestFinished(async () => {
      for (const { pid } of await processesMentioning(join(drill.directory(), '.s.PGSQL')))
        process.kill(pid, 'SIGKILL');
    });
    const before = filesIn(context).filter((name) => name.includes('.proof-')).length;
    const error: unknown = await verify(backup, context, afterItsAnswers(drill)).catch((thrown: unknown) => thrown);
    expect(drill.read('struck')).toMatch(/^linked: 0\nremoved: 0\n$/);
    expect(drill.read('asked')).toMatch(/^(asked\n)+$/);
    expect(drill.read('answers')).toContain('postgres');
    expect(drill.read('answers')).not.toContain(SECRET);
    // PasswordMessage
    expect(drill.read('answers')).not.toMatch(/p\0\0\0/);
    // Whoever was asked first ended with this: pg_dump, or a session of ours.
    expect(error).toMatchObject({ exitCode: 1, message: expect.stringMatching(/password/) as string });
    expect(filesIn(context).filter((name) => name.includes('.proof-'))).toHaveLength(before);
  });
});
