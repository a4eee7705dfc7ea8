import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { directoryWith, errorOf, load } from './config-files.js';

const database = "{ host: 'h', dbName: 'a' }";

describe('a TypeScript or JavaScript config', () => {
  it('imports defineConfig from holdfast in a directory that has no packages', async () => {
    const text = `
      import { defineConfig, type ConfigInput } from 'holdfast';
      const common: Pick<ConfigInput, 'concurrency'> = { concurrency: 3 };
      export default defineConfig({ ...common, databases: [${database}] });`;
    const { config } = await load('holdfast.config.ts', text);
    expect(config).toMatchObject({ concurrency: 3, databases: [{ name: 'a' }] });
  });

  it.each([
    [
      'holdfast.config.js',
      `import { defineConfig } from 'holdfast';\nexport default defineConfig({ databases: [${database}] });`,
    ],
    ['holdfast.config.mjs', `export default { databases: [${database}] };`],
    [
      'holdfast.config.cjs',
      `const { defineConfig } = require('holdfast');\nmodule.exports = defineConfig({ databases: [${database}] });`,
    ],
    ['holdfast.config.mts', `export default Promise.resolve({ databases: [${database}] });`],
  ])('is taken as %s', async (name, text) => {
    expect((await load(name, text)).config.databases[0]?.name).toBe('a');
  });

  it('imports its neighbors, and leaves no file behind', async () => {
    const directory = await directoryWith({
      'databases.ts': `export const databases = [${database}];`,
      'holdfast.config.ts': "import { databases } from './databases';\nexport default { databases };",
    });
    expect((await loadConfig({ cwd: directory })).config.databases).toHaveLength(1);
    expect((await readdir(directory)).sort()).toEqual(['databases.ts', 'holdfast.config.ts']);
  });

  it('is read again when it has changed', async () => {
    const directory = await directoryWith({ 'holdfast.config.ts': 'export default { concurrency: 3 };' });
    expect((await loadConfig({ cwd: directory })).config.concurrency).toBe(3);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${directory}/holdfast.config.ts`, 'export default { concurrency: 4 };');
    expect((await loadConfig({ cwd: directory })).config.concurrency).toBe(4);
  });

  it.each([
    ['throws', "throw new Error('no luck');", /Cannot run the config file .*no luck/],
    ['does not parse', 'export default {\n  a: ,\n};', /Cannot run the config file .*[:(]2:/],
    ['imports what is not there', "import './nowhere.js';\nexport default {};", /Cannot run the config file .*nowhere/],
    ['has no default export', 'export const config = {};', /has no config as its default export/],
    ['exports a function', 'export default () => ({});', /has no config as its default export/],
  ])('is refused when it %s', async (_, text, message) => {
    const error = await errorOf(load('holdfast.config.ts', text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });

  it('is checked like any other', async () => {
    const error = await errorOf(load('holdfast.config.ts', 'export default { vualt: 1 };'));
    expect(error.message).toMatch(/vualt: unknown option\. Did you mean vault\?/);
  });
});
