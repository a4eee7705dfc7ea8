import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publish } from '../../../src/vault/file/publish.js';
import { temporaryDirectories } from './temporary-directory.js';

const newDirectory = temporaryDirectories();

/** What `link` does on a filesystem without hard links: the one fault that cannot be had without such a disk. */
const noHardLinks = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

async function place(key: string, content: string) {
  const root = await newDirectory();
  const temporary = join(root, '.holdfast-tmp-x');
  await writeFile(temporary, content);
  return { root, temporary, placement: { root, key, target: join(root, key) } };
}

describe('publishing without hard links', () => {
  it.each(['EPERM', 'ENOTSUP', 'ENOSYS'])('gives the file its name where link answers %s', async (code) => {
    const { root, temporary, placement } = await place('object', 'content');
    await publish(temporary, placement, noHardLinks(code));
    expect(await readFile(join(root, 'object'), 'utf8')).toBe('content');
  });

  it('never overwrites: of several writers exactly one wins', async () => {
    const root = await newDirectory();
    for (let round = 0; round < 20; round++) {
      const target = join(root, `object-${round}`);
      const names = ['one', 'two', 'three', 'four'];
      for (const name of names) await writeFile(join(root, name), name);
      const results = await Promise.allSettled(
        names.map((name) => publish(join(root, name), { root, key: 'k', target }, noHardLinks('EPERM'))),
      );
      const winners = names.filter((_, index) => results[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(await readFile(target, 'utf8')).toBe(winners[0]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'OBJECT_EXISTS' });
      }
    }
  });

  it('leaves nothing under the name when the file cannot be moved there', async () => {
    const { root, temporary, placement } = await place('object', 'content');
    await expect(publish(`${temporary}-gone`, placement, noHardLinks('EPERM'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(await readdir(root)).toEqual(['.holdfast-tmp-x']);
  });
});

describe('publishing', () => {
  it('makes the directory again that was removed as empty meanwhile', async () => {
    const { root, temporary, placement } = await place('a/b/object', 'content');
    await publish(temporary, placement);
    expect(await readFile(join(root, 'a/b/object'), 'utf8')).toBe('content');
  });

  it('passes on any other failure of the system', async () => {
    const { temporary, placement } = await place('object', 'content');
    await expect(publish(temporary, placement, noHardLinks('EIO'))).rejects.toMatchObject({ code: 'EIO' });
    await expect(publish(`${temporary}-gone`, placement)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a name at which a directory lies', async () => {
    const { temporary, placement } = await place('object', 'content');
    await mkdir(placement.target);
    await expect(publish(temporary, placement)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(publish(temporary, placement, noHardLinks('EPERM'))).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
