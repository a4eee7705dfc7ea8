import { readdirSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { backupDocument, failedDocument } from '../../../src/cli/json/documents.js';
import { holdDump } from '../../helpers/held-dump.js';
import { startHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually, processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { parseDocument, runJson } from './run-json.js';
import { newVault } from '../../helpers/vault.js';

let big: TestDatabase;

beforeAll(async () => {
  big = await createDatabase(
    sharedServer(),
    // The index takes for ever in every server but this one.
    `CREATE TABLE big AS SELECT g, repeat(md5(g::text), 20) AS text FROM generate_series(1, 5000) g;
     CREATE FUNCTION held(g integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
     BEGIN
       IF pg_catalog.current_setting('unix_socket_directories') <> '${sharedServer().host}' THEN
         PERFORM pg_catalog.pg_sleep(600);
       END IF;
       RETURN g;
     END $$;
     CREATE INDEX ON big (held(g))`,
  );
});

afterAll(() => big.end());

function entriesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' });
}

/** A temporary directory for the command, which a server that runs as another user may enter. */
async function temporary(): Promise<string> {
  const directory = temporaryDirectory();
  await chmod(directory, 0o711);
  return directory;
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a backup that gets %s in the middle ends with 130, and leaves no object and no process',
  async (signal) => {
    const vault = newVault(join(await temporary(), 'vault')).directory;
    const mark = `interrupted-${signal}-${process.pid}`;
    const dump = await holdDump(big, 2_000_000);
    onTestFinished(() => dump.stop());
    const args = ['backup', '--url', dump.url, '--vault', pathToFileURL(vault).href, '--compression', 'none', '--json'];
    const { child, result } = startHoldfast(args, { env: { HOLDFAST_TEST: mark } });
    await Promise.race([dump.held, result]);
    child.kill(signal);
    const ended = await result;
    expect(ended.code).toBe(130);
    expect(parseDocument(failedDocument, ended).error).toMatchObject({
      code: 'INTERRUPTED',
      message: `Interrupted by ${signal}.`,
      retryable: true,
    });
    expect(entriesOf(vault)).toEqual(['holdfast', 'holdfast/vault.json']);
    expect(await processesMentioning(mark)).toEqual([]);
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    await eventually('the server has ended the session', async () => (await big.query(sessions)).length === 0);
  },
);

it('a verification that is ended in the middle leaves no proof, no server and no directory', async () => {
  const tmp = await temporary();
  const { directory: vault, url } = newVault();
  await runJson(backupDocument, ['backup', '--url', big.url, '--name', 'big', '--vault', url]);
  const before = entriesOf(vault);
  const { child, result } = startHoldfast(['verify', 'big', '--vault', url], { env: { TMPDIR: tmp } });
  await eventually('the restore is at the index', async () =>
    (await processesMentioning(tmp)).some(({ command }) => command.includes('CREATE INDEX')),
  );
  child.kill('SIGTERM');
  const ended = await result;
  expect(ended.code).toBe(130);
  expect(ended.stderr).toContain('error: Interrupted by SIGTERM.');
  expect(entriesOf(vault)).toEqual(before);
  expect(entriesOf(tmp)).toEqual([]);
  expect(await processesMentioning(tmp)).toEqual([]);
});

it('a second signal ends at once what does not end by itself, with its children', async () => {
  const programs = await serverPrograms();
  const bin = join(temporaryDirectory(), 'bin');
  await mkdir(bin);
  for (const name of ['psql', 'pg_dumpall'] as const) await symlink(programs.program(name), join(bin, name));
  // Deaf to SIGTERM, and silent.
  await writeFile(
    join(bin, 'pg_dump'),
    `#!/bin/bash\ncase " $* " in *" --version "*|*" --schema-only "*|*" -s "*) exec '${programs.program('pg_dump')}' "$@";; esac\n` +
      `trap '' TERM INT HUP\ntouch '${bin}/started'\nwhile :; do read -r -t 1 < <(:) || sleep 0.1; done\n`,
    { mode: 0o755 },
  );
  const mark = `second-signal-${process.pid}`;
  const vault = newVault().url;
  const { child, result } = startHoldfast(['backup', '--url', big.url, '--vault', vault], {
    env: { HOLDFAST_PG_BIN: bin, HOLDFAST_TEST: mark },
  });
  await eventually('pg_dump runs', () => readdirSync(bin).includes('started'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.kill('SIGINT');
  await eventually('it has said that it stops', () => said.includes('Interrupt again to end at once'));
  child.kill('SIGINT');
  const ended = await result;
  expect(ended.code).toBe(130);
  // Not the orderly end, which would have waited for pg_dump.
  expect(ended.stderr).not.toContain('error:');
  await eventually('its children are gone', async () => (await processesMentioning(bin)).length === 0);
});
