import { stat } from 'node:fs/promises';
import path from 'node:path';

/** Where a config is looked for in the working directory; the first that exists counts. */
export const CONFIG_FILE_NAMES = [
  'holdfast.config.ts',
  'holdfast.config.js',
  'holdfast.yaml',
  'holdfast.json',
  'terraform.tfvars',
] as const;

/** The absolute path of the config file in a directory, or `undefined` when there is none. */
export async function findConfigFile(cwd: string): Promise<string | undefined> {
  for (const name of CONFIG_FILE_NAMES) {
    const file = path.resolve(cwd, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return file;
  }
  return undefined;
}
