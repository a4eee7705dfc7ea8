import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_FILE_NAMES, findConfigFile } from '../../src/config/find-file.js';
import { loadConfig } from '../../src/config/load.js';
import { directoryWith, errorOf } from './config-files.js';

describe('findConfigFile', () => {
  it.each(CONFIG_FILE_NAMES.map((name, index) => [name, CONFIG_FILE_NAMES.slice(index)] as const))(
    'takes %s before those that come after it',
    async (name, names) => {
      const directory = await directoryWith(Object.fromEntries(names.map((each) => [each, ''])));
      expect(await findConfigFile(directory)).toBe(path.join(directory, name));
    },
  );

  it('answers undefined where there is none, and passes over a directory of that name', async () => {
    const directory = await directoryWith({ 'other.yaml': '' });
    await mkdir(path.join(directory, 'holdfast.yaml'));
    expect(await findConfigFile(directory)).toBeUndefined();
  });
});

describe('loadConfig, when there is no file', () => {
  it('says where it looked, and for what', async () => {
    const directory = await directoryWith({});
    const error = await errorOf(loadConfig({ cwd: directory }));
    expect(error.code).toBe('CONFIG_NOT_FOUND');
    expect(error.message).toContain(directory);
    for (const name of CONFIG_FILE_NAMES) expect(error.message).toContain(name);
  });

  it('names the file that was asked for', async () => {
    const directory = await directoryWith({});
    const error = await errorOf(loadConfig({ cwd: directory, file: 'mine.yaml' }));
    expect(error).toMatchObject({ code: 'CONFIG_NOT_FOUND', message: expect.stringContaining('mine.yaml') as unknown });
  });

  it('says that a directory is no file, and that an ending is unknown', async () => {
    const directory = await directoryWith({ 'holdfast.toml': '' });
    expect(await errorOf(loadConfig({ cwd: directory, file: '.' }))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('Cannot read') as unknown,
    });
    expect((await errorOf(loadConfig({ cwd: directory, file: 'holdfast.toml' }))).hint).toContain('.yaml');
  });
});
