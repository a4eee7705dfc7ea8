/** Reads a config file in the format that its extension names. */
import { readFile } from 'node:fs/promises';
import { HoldfastError, systemCodeOf } from '../core/errors.js';
import { systemReasonOf } from '../core/system-reason.js';
import { readModule } from './read-module.js';
import { readTfvars } from './read-tfvars.js';
import { readJson, readYaml } from './read-yaml.js';
import type { SourceDocument } from './source-document.js';

/**
 * @param file absolute
 * @param option the one that names it, for the hint after a typo
 * @throws HoldfastError CONFIG_NOT_FOUND; CONFIG_INVALID when it cannot be read or parsed, with the line
 */
export async function readConfigFile(file: string, option: '--config' | '--from'): Promise<SourceDocument> {
  const text = await readText(file, option);
  if (/\.[cm]?[jt]s$/.test(file)) return readModule(file);
  if (/\.ya?ml$/.test(file)) return readYaml(file, text);
  if (/\.tfvars(\.json)?$/.test(file)) return readTfvars(file, text);
  if (file.endsWith('.json')) return readJson(file, text);
  throw new HoldfastError('CONFIG_INVALID', `Cannot tell the format of ${file}.`, {
    hint: 'Name it with one of .ts, .js, .yaml, .yml, .json, .tfvars.',
  });
}

async function readText(file: string, option: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      throw new HoldfastError('CONFIG_NOT_FOUND', `There is no config file ${file}.`, {
        cause: error,
        hint: `Check the path that ${option} names.`,
      });
    }
    throw new HoldfastError('CONFIG_INVALID', `Cannot read the config file ${file}: ${systemReasonOf(error)}.`, {
      cause: error,
      hint: 'Give a file that this user can read.',
    });
  }
}
