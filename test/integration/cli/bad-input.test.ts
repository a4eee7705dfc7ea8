import { readdirSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupDocument } from '../../../src/cli/json/documents.js';
import { freePort } from '../../helpers/free-port.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { runHoldfast, startHoldfast } from '../../helpers/holdfast.js';
import {
  createDatabase,
  openDatabase,
  sharedServer,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../../helpers/postgres.js';
import { eventually, processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';
import { newVault } from '../../helpers/vault.js';

let shop: TestDatabase;

beforeAll(async () => {
  shop = await createDatabase(sharedServer(), SHOP_SQL);
});

afterAll(() => shop.end());

/** Where a vault could be, and is none. */
function nowhere(): { readonly directory: string; readonly url: string } {
  const directory = join(temporaryDirectory(), 'vault');
  return { directory, url: pathToFileURL(directory).href };
}

describe('a database that cannot be reached', () => {
  it('because nobody listens: fails, and leaves nothing in the vault', async () => {
    const vault = newVault();
    const args = ['backup', '--url', 'postgres://me@127.0.0.1:1/db', '--vault', vault.url];
    const { code, message, result } = await runFailing(args);
    expect(code).toBe('CONNECT_FAILED');
    expect(message).toBe('Connecting to me@127.0.0.1:1/db: connect ECONNREFUSED 127.0.0.1:1.');
    expect(result.code).toBe(1);
    expect(readdirSync(vault.directory)).toEqual(['holdfast']);
  });

  it('because the server has no such database', async () => {
    const url = openDatabase(sharedServer(), 'no_such_database').url;
    const { code, message } = await runFailing(['backup', '--url', url, '--vault', newVault().url]);
    expect(code).toBe('DATABASE_MISSING');
    expect(message).toContain('database "no_such_database" does not exist');
  });

  it('because its URL is none', async () => {
    const { code, result } = await runFailing(['backup', '--url', 'mysql://me@host/db', '--vault', newVault().url]);
    expect({ code, exit: result.code }).toEqual({ code: 'URL_INVALID', exit: 2 });
  });
});

describe('a vault that cannot be used', () => {
  it('because a file lies where it should be: fails at once, and leaves no pg_dump behind', async () => {
    const { directory, url } = newVault();
    const file = join(directory, 'layer2');
    await writeFile(file, 'mine');
    const mark = `unwritable-${process.pid}`;
    // More than a pipe holds, so that a pg_dump that nobody reads would wait for ever.
    await shop.query(`INSERT INTO shop.audit SELECT now(), repeat('x', 1000) FROM generate_series(1, 1000)`);
    const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', url];
    const { code, hint } = await runFailing(args, { env: { HOLDFAST_TEST: mark } });
    expect(code).toBe('VAULT_UNWRITABLE');
    expect(hint).toContain('There is a file where a directory is needed');
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await processesMentioning(mark)).toEqual([]);
    // The server notices a client that is gone in its own time.
    const sessions = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    await eventually('no session is left', async () => (await shop.query(sessions)).length === 0);
  });

  it('because there is none: reading fails, and does not make one', async () => {
    const vault = nowhere();
    const { code } = await runFailing(['list', '--vault', vault.url]);
    expect(code).toBe('VAULT_UNREADABLE');
    expect(() => readdirSync(vault.directory)).toThrow(/ENOENT/);
  });

  it.each([
    ['backups', 'it has no scheme'],
    ['ftp://host/dir', 'this version has no store for ftp:'],
    ['file://dir', 'a file URL has three slashes'],
  ])('because its URL is %s', async (url, reason) => {
    const { code, message } = await runFailing(['list', '--vault', url]);
    expect(code).toBe('VAULT_URL_INVALID');
    expect(message).toContain(reason);
  });
});

describe('a backup that does not exist', () => {
  it('is named, with the nearest database that has one', async () => {
    const vault = newVault();
    await runJson(backupDocument, ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault.url]);
    for (const command of [['show'], ['verify'], ['check'], ['restore', '--to', shop.url]]) {
      const [name = '', ...more] = command;
      const { code, hint, result } = await runFailing([name, 'shpo', ...more, '--vault', vault.url]);
      expect({ code, hint, exit: result.code }).toEqual({
        code: 'UNKNOWN_BACKUP',
        hint: 'Did you mean shop?',
        exit: 2,
      });
    }
    const early = await runFailing(['show', 'shop@1999-01-01', '--vault', vault.url]);
    expect(early.message).toContain('no complete backup at or before 1999-01-01');
  });
});

describe('a target that holds something', () => {
  it('is refused with what it holds, and stays as it is', async () => {
    const vault = newVault();
    await runJson(backupDocument, ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault.url]);
    const target = await createDatabase(sharedServer(), 'CREATE TABLE keep AS SELECT 42 AS answer');
    try {
      const args = ['restore', 'shop', '--to', target.url, '--vault', vault.url];
      const { code, message, result } = await runFailing(args);
      expect({ code, exit: result.code }).toEqual({ code: 'TARGET_NOT_EMPTY', exit: 1 });
      expect(message).toContain('It holds 1 table (public.keep).');
      expect((await runFailing([...args, '--create'])).message).toContain('it already exists');
      expect(await target.query('SELECT answer FROM keep')).toEqual([{ answer: 42 }]);
      expect(await target.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'shop'`)).toEqual([]);
    } finally {
      await target.end();
    }
  });
});

describe('a command line or config that is wrong', () => {
  it.each([
    [['backup', '--jsn'], "Unknown option '--jsn'. Did you mean --json?"],
    [['bakup'], "Unknown command 'bakup'. Did you mean backup?"],
    [['show'], "Missing required argument 'backup'."],
    [['restore', 'shop'], "Required option '--to <target>' not specified."],
    [['verify'], 'No backup is named.'],
    [['check', 'shop', '--all'], 'Backups are named, and --all is given too.'],
    [['backup'], 'No database is named.'],
    [['backup', 'a', '--all'], 'Databases are given in 2 ways: names and --all.'],
    [
      ['backup', '--all', '--level', '99'],
      "Option '--level <n>' argument '99' is invalid. Give a level from 1 to 9 for gzip, or from 1 to 19 for zstd.",
    ],
    [['backup', '--all', '--max-duration', '5'], 'Give a number with its unit'],
    [['list', 'a', 'b'], 'Too many arguments'],
  ])('%j ends with 2 and says what is wrong', async (args, message) => {
    const vault = ['--vault', newVault().url];
    const { code, result, ...error } = await runFailing(
      args.length > 1 || args[0] !== 'bakup' ? [...args, ...vault] : args,
    );
    expect({ code, exit: result.code }).toEqual({ code: 'USAGE', exit: 2 });
    expect(error.message).toContain(message);
  });

  it('names an unknown key of the config with its line and the nearest known one', async () => {
    const cwd = temporaryDirectory();
    await writeFile(join(cwd, 'holdfast.yaml'), 'valt: file:///x\n');
    const { code, message, details, result } = await runFailing(['list'], { cwd });
    expect({ code, exit: result.code }).toEqual({ code: 'CONFIG_INVALID', exit: 2 });
    expect(message).toContain('valt (line 1): unknown option. Did you mean vault?');
    expect(details).toEqual({
      problems: [{ path: 'valt', line: 1, message: 'unknown option. Did you mean vault?' }],
    });
  });

  it('uses a broken config nowhere, but goes on without it where it is not needed', async () => {
    const cwd = temporaryDirectory();
    await writeFile(join(cwd, 'holdfast.yaml'), 'valt: file:///x\n');
    const { stderr, code } = await runHoldfast(['backup', '--url', shop.url, '--vault', newVault().url], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: The config');
  });

  it.each([
    [['backup', 'shop'], 'Give --config FILE, or work without one: --url, --name and --vault.'],
    [['list'], 'Give the vault with --vault URL, or a config with --config FILE.'],
    [['report'], 'Give the vault with --vault URL, or a config with --config FILE.'],
    [['synth'], 'Give --config FILE, or create a config: `holdfast init`.'],
    [['policy', 'bucket'], 'Give --config FILE, or create a config: `holdfast init`.'],
    [['run', 'shop'], 'Give --config FILE, or create a config: `holdfast init`.'],
    [['list', '--config', 'nope.yaml'], 'Check the path that --config names.'],
    [['init', '--from', 'nope.tfvars'], 'Check the path that --from names.'],
  ])('%j says where it looked when there is no config, and how to go on', async (args, hint) => {
    const cwd = temporaryDirectory();
    const error = await runFailing(args, { cwd });
    expect({ code: error.code, hint: error.hint }).toEqual({ code: 'CONFIG_NOT_FOUND', hint });
    expect(error.message).toContain(
      args.at(-1)?.startsWith('nope') ? join(cwd, args.at(-1) ?? '') : 'holdfast.config.ts',
    );
  });

  it.each([
    [['help', 'lst'], "Unknown command 'lst'. Did you mean list?", 'holdfast'],
    [['lst', '--help'], "Unknown command 'lst'. Did you mean list?", 'holdfast'],
    [['--vault', 'file:///x', 'lst', '-h'], "Unknown command 'lst'. Did you mean list?", 'holdfast'],
    [['secret', 'sett', '--help'], "Unknown command 'sett'. Did you mean set?", 'holdfast secret'],
    [['restore', 'shop'], "Required option '--to <target>' not specified.", 'holdfast restore'],
    [['--vault', 'file:///x', 'list', '--jsn'], "Unknown option '--jsn'. Did you mean --json?", 'holdfast list'],
    [['secret', 'set'], "Missing required argument 'name'.", 'holdfast secret set'],
  ])('%j ends with 2, and names the command whose help to read', async (args, message, command) => {
    const error = await runFailing(args);
    expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
      code: 'USAGE',
      message,
      hint: `Run \`${command} --help\` to see what it takes.`,
    });
    expect(error.result.stderr).not.toContain('Usage:');
  });

  it('prints the help of a command in both ways of asking', async () => {
    const [one, other] = await Promise.all([runHoldfast(['help', 'restore']), runHoldfast(['restore', '--help'])]);
    expect(one).toEqual(other);
    expect(one.stdout).toContain('Usage: holdfast restore');
  });

  it('names files that are not there in words', async () => {
    const cwd = temporaryDirectory();
    const passfile = await runFailing(['backup', '--url', shop.url, '--vault', 'file:///x', '--passfile', 'nope'], {
      cwd,
    });
    expect(passfile.message).toBe(`Reading the passfile ${join(cwd, 'nope')}: there is no such file or directory.`);
    const waivers = await runFailing(['audit', '--template', cwd, '--waivers', 'nope.yaml'], { cwd });
    expect(waivers.message).toMatch(/^Reading the waivers \S*nope\.yaml: there is no such file or directory\.$/);
  });

  it('refuses a password on the command line before anything else, and repeats it nowhere', async () => {
    const args = ['backup', '--nonsense', '--url', 'postgres://me:hunter2@127.0.0.1:1/db', '--verbose'];
    const { code, result } = await runFailing(args);
    expect({ code, exit: result.code }).toEqual({ code: 'PASSWORD_ON_COMMAND_LINE', exit: 2 });
    expect(result.stdout + result.stderr).not.toContain('hunter2');
  });

  it('prints help and exits with 2 without a command, and with 0 when asked for help', async () => {
    expect(await runHoldfast([])).toMatchObject({ code: 2, stdout: '' });
    const help = await runHoldfast(['restore', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/Examples:[^]*Exit status: 0 restored/);
    expect((await runHoldfast(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('does not mind a reader that closes the pipe', async () => {
    const { child, result } = startHoldfast(['--help']);
    child.stdout.destroy();
    expect(await result).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a server that wants a password', () => {
  const RIGHT = 'right-Pa55word';
  let server: TestServer;
  let database: TestDatabase;
  let url: string;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    server = await startTestServer({ port, settings: { listen_addresses: '127.0.0.1' } });
    database = await createDatabase(server, SHOP_SQL);
    await database.query(`CREATE ROLE locked LOGIN SUPERUSER PASSWORD '${RIGHT}'`);
    const hba = join(server.host, 'data/pg_hba.conf');
    await writeFile(
      hba,
      `local all locked scram-sha-256\nhost all locked 127.0.0.1/32 scram-sha-256\n${await readFile(hba, 'utf8')}`,
    );
    await database.query('SELECT pg_reload_conf()');
    url = database.urlFor('locked');
  });

  afterAll(() => server.stop());

  it('refuses the wrong one and a missing one, and neither is stored nor shown', async () => {
    const vault = newVault();
    const args = ['backup', '--url', url, '--vault', vault.url, '--verbose'];
    const wrong = await runFailing(args, { env: { PGPASSWORD: 'wrong-Pa55word' } });
    expect({ code: wrong.code, exit: wrong.result.code }).toEqual({ code: 'AUTHENTICATION_FAILED', exit: 1 });
    expect(wrong.message).toContain('password authentication failed for user "locked"');
    expect(wrong.result.stdout + wrong.result.stderr).not.toContain('wrong-Pa55word');
    const none = await runFailing(args, { env: { HOME: temporaryDirectory() } });
    expect(none.message).toContain('the server asks for a password, and none was given');
    expect(readdirSync(vault.directory)).toEqual(['holdfast']);
  });

  it('and is told so under sslmode prefer, without a word about the TLS that it does not have', async () => {
    const args = ['backup', '--vault', newVault().url, '--url'];
    const host = `127.0.0.1:${port}`;
    const wrong = await runFailing([...args, `postgres://locked@${host}/${database.name}`], {
      env: { PGPASSWORD: 'wrong-Pa55word' },
    });
    expect(wrong.message).toBe(
      `Connecting to locked@${host}/${database.name}: password authentication failed for user "locked".`,
    );
    const missing = await runFailing([...args, `postgres://locked@${host}/nowhere`], { env: { PGPASSWORD: RIGHT } });
    expect(missing.message).toBe(`Connecting to locked@${host}/nowhere: database "nowhere" does not exist.`);
    const required = await runFailing([...args, `postgres://locked@${host}/${database.name}?sslmode=require`]);
    expect(required.message).toContain('The server does not support SSL connections');
  });

  it('takes the right one from PGPASSWORD, a passfile, HOLDFAST_URL, or the URL on standard input', async () => {
    const vault = newVault();
    const passfile = join(temporaryDirectory(), 'passfile');
    await writeFile(passfile, `*:*:*:locked:${RIGHT}\n`);
    await chmod(passfile, 0o600);
    const full = url.replace('locked@', `locked:${RIGHT}@`);
    const base = ['backup', '--vault', vault.url, '--name'];
    const runs = [
      runJson(backupDocument, [...base, 'a', '--url', url], { env: { PGPASSWORD: RIGHT } }),
      runJson(backupDocument, [...base, 'b', '--url', url, '--passfile', passfile]),
      runJson(backupDocument, [...base, 'c'], { env: { HOLDFAST_URL: full } }),
      runJson(backupDocument, [...base, 'd', '--url', '-'], { input: full }),
    ];
    const stored = (await Promise.all(runs)).map(({ backups }) => backups[0]?.rows);
    expect(stored).toEqual([3250, 3250, 3250, 3250]);
    const missing = await runFailing([...base, 'e', '--url', url, '--passfile', '/nonexistent']);
    expect(missing.code).toBe('USAGE');
  });

  it.each(['pg_dump', 'pg_dumpall'] as const)(
    'C: never shows it in an argument list while %s runs',
    async (program) => {
      const held = await holdProgram(program);
      const { child, result } = startHoldfast(['backup', '--url', '-', '--vault', newVault().url], {
        input: url.replace('locked@', `locked:${RIGHT}@`),
        env: { HOLDFAST_PG_BIN: held.bin },
      });
      try {
        await held.held();
        const started = (await processesMentioning(join(held.bin, program))).map(({ command }) => command);
        expect(started).toContainEqual(expect.stringContaining(`${held.bin}/${program} `));
        const everybody = [...started, ...(await processesMentioning(RIGHT)).map(({ command }) => command)];
        expect(everybody.join('\n')).not.toContain(RIGHT);
      } finally {
        child.kill('SIGTERM');
        expect((await result).code).toBe(130);
        await held.release();
      }
    },
  );
});
