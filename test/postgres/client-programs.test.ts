import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.js';
import { findPrograms } from '../../src/postgres/client-programs.js';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-programs-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Writes a program that prints `version` as PostgreSQL's do. */
async function program(path: string, version: string): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${name} (PostgreSQL) ${version}"\n`);
  await chmod(path, 0o755);
}

function find(options: { path?: string; places?: string[]; directory?: string; bin?: string }) {
  return findPrograms({
    directory: options.directory,
    env: { PATH: options.path ?? '', HOLDFAST_PG_BIN: options.bin },
    places: options.places ?? [],
  });
}

describe('findPrograms', () => {
  it('finds every version below a usual place, oldest first', async () => {
    await program(join(root, 'pg/9.6/bin/pg_dump'), '9.6.24');
    await program(join(root, 'pg/17/bin/pg_dump'), '17.6 (Debian 17.6-1.pgdg12+1)');
    await program(join(root, 'pg/15/bin/pg_dump'), '15.18');
    await program(join(root, 'pg/19/bin/pg_dump'), '19beta1');
    const found = await find({ places: [join(root, 'pg/*/bin')] });
    expect(found.map(({ version, major, versionNum }) => [version, major, versionNum])).toEqual([
      ['9.6.24', 9, 90_624],
      ['15.18', 15, 150_018],
      ['17.6', 17, 170_006],
      ['19beta1', 19, 190_000],
    ]);
    expect(found[1]?.program('pg_dump')).toBe(join(root, 'pg/15/bin/pg_dump'));
  });

  it('matches a star inside a segment and nothing beside it', async () => {
    await program(join(root, 'pgsql-16/bin/pg_dump'), '16.10');
    await program(join(root, 'other-16/bin/pg_dump'), '16.10');
    const found = await find({ places: [join(root, 'pgsql-*/bin')] });
    expect(found.map((programs) => programs.directory)).toEqual([join(root, 'pgsql-16/bin')]);
  });

  it('skips a wrapper on the PATH whose version depends on the environment', async () => {
    await program(join(root, 'share/pg_wrapper'), '14.1');
    await mkdir(join(root, 'usr-bin'));
    await symlink('../share/pg_wrapper', join(root, 'usr-bin/pg_dump'));
    await symlink('../share/pg_wrapper', join(root, 'usr-bin/psql'));
    // The same with the wrapper beside its links.
    await program(join(root, 'flat/pg_wrapper'), '14.1');
    await symlink('pg_wrapper', join(root, 'flat/pg_dump'));
    expect(await find({ path: `${join(root, 'usr-bin')}:${join(root, 'flat')}` })).toEqual([]);
  });

  it('follows a link on the PATH to the installation, and counts that once', async () => {
    await program(join(root, 'pgsql-15/bin/pg_dump'), '15.18');
    await program(join(root, 'pgsql-15/bin/psql'), '15.18');
    await mkdir(join(root, 'usr-bin'));
    await symlink('../pgsql-15/bin/pg_dump', join(root, 'usr-bin/pg_dump'));
    const found = await find({ path: join(root, 'usr-bin'), places: [join(root, 'pgsql-*/bin')] });
    expect(found.map((programs) => programs.directory)).toEqual([join(root, 'pgsql-15/bin')]);
    expect(found[0]?.has('psql')).toBe(true);
  });

  it('looks nowhere else when a directory is configured, and prefers the environment to the config', async () => {
    await program(join(root, 'a/pg_dump'), '15.18');
    await program(join(root, 'b/pg_dump'), '16.10');
    await program(join(root, 'c/pg_dump'), '17.6');
    const places = [join(root, 'a')];
    const fromConfig = await find({ places, directory: join(root, 'b') });
    expect(fromConfig.map((programs) => programs.major)).toEqual([16]);
    const fromEnvironment = await find({ places, directory: join(root, 'b'), bin: join(root, 'c') });
    expect(fromEnvironment.map((programs) => programs.major)).toEqual([17]);
  });

  it.each([
    ['holds no programs', 'empty', /neither pg_dump nor psql/],
    ['holds only wrappers', 'wrapped', /Debian's wrappers/],
    ['holds a program that fails', 'broken', /do not run.*status 127/s],
    ['holds a program that prints no version', 'mute', /printed "hello"/],
  ])('refuses a configured directory that %s', async (_, name, message) => {
    await mkdir(join(root, 'empty'));
    await program(join(root, 'share/pg_wrapper'), '14.1');
    await mkdir(join(root, 'wrapped'));
    await symlink('../share/pg_wrapper', join(root, 'wrapped/pg_dump'));
    await program(join(root, 'broken/pg_dump'), '15.18');
    await writeFile(join(root, 'broken/pg_dump'), '#!/bin/sh\necho "libpq.so.5: not found" >&2; exit 127\n');
    await program(join(root, 'mute/pg_dump'), '15.18');
    await writeFile(join(root, 'mute/pg_dump'), '#!/bin/sh\necho hello\n');
    const error = await find({ bin: join(root, name) }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HoldfastError);
    expect((error as HoldfastError).code).toBe('PROGRAM_MISSING');
    expect((error as HoldfastError).message).toMatch(message);
    expect((error as HoldfastError).message).toContain(join(root, name));
  });

  it('goes on with the others when one installation cannot run', async () => {
    await program(join(root, 'pg/15/bin/pg_dump'), '15.18');
    await writeFile(join(root, 'pg/15/bin/pg_dump'), '#!/bin/sh\nexit 127\n');
    await program(join(root, 'pg/16/bin/pg_dump'), '16.10');
    const found = await find({ places: [join(root, 'pg/*/bin')] });
    expect(found.map((programs) => programs.major)).toEqual([16]);
  });

  it('says which package brings a program that the installation lacks', async () => {
    await program(join(root, 'pg/15/bin/psql'), '15.18');
    const [programs] = await find({ places: [join(root, 'pg/*/bin')] });
    expect(programs?.has('initdb')).toBe(false);
    const attempt = (name: 'initdb' | 'pg_dump') => {
      try {
        programs?.program(name);
      } catch (error) {
        return error as HoldfastError;
      }
    };
    expect(attempt('initdb')?.code).toBe('PROGRAM_MISSING');
    expect(attempt('initdb')?.hint).toContain('postgresql-15');
    expect(attempt('pg_dump')?.hint).toContain('postgresql-client-15');
  });
});
