/** A place takes backups only once it is known as a vault. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  backupDocument,
  backupDryRunDocument,
  listDocument,
  restoreDocument,
  vaultInitDocument,
} from '../../../src/cli/json/documents.js';
import { sealDocument } from '../../../src/vault/formats/document.js';
import { VAULT_MARKER_KEY } from '../../../src/vault/formats/vault-marker.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { nextSecond } from '../../helpers/next-second.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { runFailing, runJson } from './run-json.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createDatabase(sharedServer(), 'CREATE TABLE t AS SELECT 1 AS x');
});

afterAll(() => db.end());

const urlOf = (directory: string) => pathToFileURL(directory).href;
const backupInto = (url: string) => ['backup', '--url', db.url, '--name', 'db', '--vault', url];
const initOf = (url: string) => runJson(vaultInitDocument, ['vault', 'init', '--vault', url]);

/** A vault with one backup whose marker is gone: as one from before there were markers. */
async function unmarkedVault(): Promise<string> {
  const { directory, url } = newVault();
  await runJson(backupDocument, backupInto(url));
  rmSync(join(directory, 'holdfast'), { recursive: true });
  return directory;
}

describe('B16: a backup into a directory that is no vault', () => {
  it('B16: is refused where the path was mistyped, which is not made', async () => {
    const directory = join(temporaryDirectory(), 'valt');
    const { code, message, hint, result } = await runFailing(backupInto(urlOf(directory)));
    expect({ code, exit: result.code }).toEqual({ code: 'VAULT_UNMARKED', exit: 1 });
    expect(message).toContain('the directory does not exist');
    expect(hint).toContain(`holdfast vault init --vault ${urlOf(directory)}`);
    expect(existsSync(directory)).toBe(false);
  });

  it('B16: is refused where the directory is there and empty, as a mount point with nothing mounted', async () => {
    const directory = temporaryDirectory();
    const { code, message, hint } = await runFailing(backupInto(urlOf(directory)));
    expect(code).toBe('VAULT_UNMARKED');
    expect(message).toContain('it has no marker (holdfast/vault.json)');
    expect(hint).toContain('mounted');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('B16: is refused where it holds backups too, and taken after vault init, which counts them', async () => {
    const directory = await unmarkedVault();
    const before = readdirSync(directory, { recursive: true });
    const { code, message, hint } = await runFailing(backupInto(urlOf(directory)));
    expect(code).toBe('VAULT_UNMARKED');
    expect(message).toContain('holds backups but no marker');
    expect(hint).toContain(`holdfast vault init --vault ${urlOf(directory)}`);
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
    const { vault } = await initOf(urlOf(directory));
    expect(vault).toMatchObject({ created: true, backups: 1, databases: ['db'] });
    await runJson(backupDocument, backupInto(urlOf(directory)));
  });

  it('B16: is taken with --create-vault, which makes the marker that vault init makes', async () => {
    const directory = join(temporaryDirectory(), 'new/vault');
    await runJson(backupDocument, [...backupInto(urlOf(directory)), '--create-vault']);
    const { vault } = await initOf(urlOf(directory));
    expect(vault).toMatchObject({ created: false, backups: 1 });
    // It is no harm to say it again.
    await nextSecond();
    await runJson(backupDocument, [...backupInto(urlOf(directory)), '--create-vault']);
    expect((await initOf(urlOf(directory))).vault).toMatchObject({ id: vault.id, backups: 2 });
  });

  it('B16: is refused with --create-vault too where it holds anything, and a dry run says the same', async () => {
    const unmarked = await unmarkedVault();
    const { message: without } = await runFailing(backupInto(urlOf(unmarked)));
    const other = temporaryDirectory();
    mkdirSync(join(other, 'letters'));
    writeFileSync(join(other, 'letters/one.txt'), 'Dear Sir');
    for (const directory of [unmarked, other]) {
      const before = readdirSync(directory, { recursive: true });
      for (const dry of [[], ['--dry-run']]) {
        const { code, message, hint } = await runFailing([...backupInto(urlOf(directory)), '--create-vault', ...dry]);
        expect(code).toBe('VAULT_UNMARKED');
        expect(message).toContain(directory === unmarked ? without : 'this one holds "letters/one.txt"');
        expect(hint).toContain(`holdfast vault init --vault ${urlOf(directory)}`);
      }
      expect(readdirSync(directory, { recursive: true })).toEqual(before);
    }
  });

  it('B16: is told by status as by list that there is none, with what to check', async () => {
    const url = urlOf(join(temporaryDirectory(), 'missing'));
    const { message, hint } = await runFailing(['list', '--vault', url]);
    const { stdout } = await runHoldfast(['status', '--vault', url]);
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toContain(message);
    expect(text).toContain(`hint: ${hint}`);
  });

  it('B16: is refused by a dry run as well, which makes no marker with --create-vault either', async () => {
    const directory = temporaryDirectory();
    const { code } = await runFailing([...backupInto(urlOf(directory)), '--dry-run']);
    expect(code).toBe('VAULT_UNMARKED');
    await runJson(backupDryRunDocument, [...backupInto(urlOf(directory)), '--dry-run', '--create-vault']);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('B17: a dry run', () => {
  it.runIf(process.getuid?.() !== 0)('B17: fails where --create-vault may not make the vault', async () => {
    const parent = temporaryDirectory();
    chmodSync(parent, 0o555);
    const { code } = await runFailing([...backupInto(urlOf(join(parent, 'vault'))), '--create-vault', '--dry-run']);
    expect(code).toBe('VAULT_UNWRITABLE');
    chmodSync(parent, 0o755);
  });

  it('B17: fails as the backup does where the vault cannot be made, to root either', async () => {
    for (const directory of ['/proc/vault', '/proc/vault/below']) {
      for (const dry of [[], ['--dry-run']]) {
        const { code } = await runFailing([...backupInto(urlOf(directory)), '--create-vault', ...dry]);
        expect(code).toBe('VAULT_UNWRITABLE');
      }
    }
  });

  it('B17: tries the directory in which --create-vault would make the vault, and leaves it as it is', async () => {
    const parent = temporaryDirectory();
    const args = [...backupInto(urlOf(join(parent, 'new/vault'))), '--create-vault', '--dry-run'];
    const { backups } = await runJson(backupDryRunDocument, args);
    expect(backups[0]?.vault).toMatchObject({ marker: 'missing', freeBytes: expect.any(Number) as number });
    expect(backups[0]?.vault.tried.join()).toContain(`written in ${parent}`);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('B17: fails as the backup does where a link in the vault leads to what is not mounted', async () => {
    const { directory, url } = newVault();
    symlinkSync('/nonexistent/disk', join(directory, 'layer2'));
    for (const dry of [[], ['--dry-run']]) {
      const { code, message, hint } = await runFailing([...backupInto(url), ...dry]);
      expect(code).toBe('VAULT_UNWRITABLE');
      expect(message).toContain('layer2 leads to /nonexistent/disk, which is not there');
      expect(hint).toContain('mounted');
    }
  });

  it('B17: fails as the backup does where a schema does not exist', async () => {
    const { url } = newVault();
    for (const dry of [[], ['--dry-run']]) {
      const schema = await runFailing([...backupInto(url), '--schema', 'public', '--schema', 'nosuch', ...dry]);
      expect(schema.code).toBe('PREFLIGHT_FAILED');
      expect(schema.message).toContain('No schema of this database fits nosuch,');
    }
  });

  it('B17: warns of an empty source as the backup does, and not of one with a single row', async () => {
    const source = await createDatabase(sharedServer(), 'CREATE TABLE a (x integer); CREATE TABLE b (x integer)');
    try {
      const args = ['backup', '--url', source.url, '--name', 'e', '--vault', newVault().url];
      const [planned] = (await runJson(backupDryRunDocument, [...args, '--dry-run'])).backups;
      const [stored] = (await runJson(backupDocument, args)).backups;
      const empty = stored?.warnings.filter((warning) => warning.includes('no rows'));
      expect(empty).toHaveLength(1);
      expect(planned?.warnings).toEqual(expect.arrayContaining(empty ?? []));
      await source.query('INSERT INTO b VALUES (1)');
      const [later] = (await runJson(backupDryRunDocument, [...args, '--dry-run'])).backups;
      expect(later?.warnings.join()).not.toContain('no rows');
    } finally {
      await source.end();
    }
  });
});

describe('B16: a vault without a marker', () => {
  it('B16: is listed and restored from, with a warning on standard error', async () => {
    const directory = await unmarkedVault();
    const listed = await runHoldfast(['list', '--vault', urlOf(directory), '--json']);
    expect(listed.code).toBe(0);
    expect(listDocument.parse(JSON.parse(listed.stdout)).backups).toHaveLength(1);
    expect(listed.stderr).toMatch(/^warning: .* holds backups but no marker/);
    const target = await createDatabase(sharedServer());
    try {
      const args = ['restore', 'db', '--to', target.url, '--vault', urlOf(directory)];
      expect((await runJson(restoreDocument, args)).restore.rows).toBe(1);
    } finally {
      await target.end();
    }
  });

  it('B16: whose marker is damaged or of a newer version takes no backup, and is read with a warning', async () => {
    const { directory, url } = newVault();
    await runJson(backupDocument, backupInto(url));
    const marker = join(directory, VAULT_MARKER_KEY);
    const intact = readFileSync(marker, 'utf8');
    const newer = sealDocument(JSON.stringify({ format: 'holdfast.vault', version: 2, layout: 'other' }, null, 2));
    for (const [bytes, reason] of [
      ['', 'it is not JSON'],
      [intact.slice(0, 40), 'it is not JSON'],
      [intact.replace(/"id": ".{8}/, '"id": "00000000'), 'it does not match its checksum, so it was changed'],
      [newer, 'it has version 2'],
    ] as const) {
      writeFileSync(marker, bytes);
      for (const args of [backupInto(url), ['vault', 'init', '--vault', url]]) {
        const { code, message } = await runFailing(args);
        expect(code).toBe('VAULT_MARKER_INVALID');
        expect(message).toContain(reason);
      }
      expect(readFileSync(marker)).toEqual(Buffer.from(bytes));
      const listed = await runHoldfast(['list', '--vault', url]);
      expect(listed.code).toBe(0);
      expect(listed.stderr).toContain(reason);
    }
  });
});

describe('B16: vault init', () => {
  it('B16: of two at once, one writes the marker and both tell of the same', async () => {
    const directory = join(temporaryDirectory(), 'vault');
    const made = await Promise.all([1, 2, 3, 4].map(() => initOf(urlOf(directory))));
    expect(new Set(made.map(({ vault }) => vault.id)).size).toBe(1);
    expect(made.filter(({ vault }) => vault.created)).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(['holdfast']);
  });

  it('B16: says why it cannot write, and leaves nothing', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'a file');
    for (const directory of [file, join(file, 'below'), '/proc/vault']) {
      const { code, result } = await runFailing(['vault', 'init', '--vault', urlOf(directory)]);
      expect({ code, exit: result.code }).toEqual({ code: 'VAULT_UNWRITABLE', exit: 1 });
    }
    expect(readFileSync(file, 'utf8')).toBe('a file');
  });

  it('B16: refuses a place inside of another vault, also by a link, and the folder of a vault', async () => {
    const outer = newVault();
    const link = join(temporaryDirectory(), 'link');
    mkdirSync(join(outer.directory, 'layer2/db'), { recursive: true });
    symlinkSync(join(outer.directory, 'layer2'), link);
    for (const directory of [join(outer.directory, 'layer2'), join(outer.directory, 'new/one'), join(link, 'x')]) {
      const { code, message, result } = await runFailing(['vault', 'init', '--vault', urlOf(directory)]);
      expect({ code, exit: result.code }).toEqual({ code: 'VAULT_NESTED', exit: 2 });
      expect(message).toContain(outer.url);
    }
    const unmarked = await unmarkedVault();
    const { code } = await runFailing(['vault', 'init', '--vault', urlOf(join(unmarked, 'layer2'))]);
    expect(code).toBe('VAULT_NESTED');
  });

  it('B16: refuses a place around another vault, at any depth, and makes no marker', async () => {
    const parent = temporaryDirectory();
    const inner = join(parent, 'a/b/vault');
    await initOf(urlOf(inner));
    const { code, message, result } = await runFailing(['vault', 'init', '--vault', urlOf(parent)]);
    expect({ code, exit: result.code }).toEqual({ code: 'VAULT_NESTED', exit: 2 });
    expect(message).toContain(`around another vault, ${urlOf(inner)}`);
    expect(readdirSync(parent)).toEqual(['a']);
  });

  it("B16: does not take another vault's marker for its own by a link, nor does a backup", async () => {
    const other = newVault();
    for (const link of ['holdfast', VAULT_MARKER_KEY]) {
      const directory = temporaryDirectory();
      mkdirSync(dirname(join(directory, link)), { recursive: true });
      symlinkSync(join(other.directory, link), join(directory, link));
      for (const args of [['vault', 'init', '--vault', urlOf(directory)], backupInto(urlOf(directory))]) {
        const { message, hint } = await runFailing(args);
        expect(message).toContain(`${join(directory, link)} is a link, which is not followed`);
        expect(hint).toContain('Remove the link');
      }
      const listed = await runHoldfast(['list', '--vault', urlOf(directory)]);
      expect(listed.code).toBe(0);
      expect(listed.stderr.replace(/\s+/g, ' ')).toContain('is a link, which is not followed');
      expect(existsSync(join(directory, 'layer2'))).toBe(false);
    }
  });

  it('B16: takes a link for what it leads to, and makes nothing behind one that leads nowhere', async () => {
    const { directory } = newVault();
    const parent = temporaryDirectory();
    symlinkSync(directory, join(parent, 'link'));
    symlinkSync(join(parent, 'gone'), join(parent, 'dangling'));
    await runJson(backupDocument, backupInto(urlOf(join(parent, 'link'))));
    expect((await initOf(urlOf(directory))).vault).toMatchObject({ created: false, backups: 1 });
    const { code } = await runFailing(['vault', 'init', '--vault', urlOf(join(parent, 'dangling'))]);
    expect(code).toBe('VAULT_UNWRITABLE');
    expect(existsSync(join(parent, 'gone'))).toBe(false);
  });

  it('B16: says for people what the place is and holds, and its help has examples', async () => {
    const { directory } = newVault();
    const copy = join(temporaryDirectory(), 'copy');
    await cp(directory, copy, { recursive: true });
    const { stdout, code } = await runHoldfast(['vault', 'init', '--vault', urlOf(copy)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^file:\S+ is a vault since \S+: [0-9a-f-]{36}\.\nIt holds no backup yet\.\n$/);
    expect((await runHoldfast(['vault', 'init', '--help'])).stdout).toContain('holdfast vault init --vault file:///');
  });
});
