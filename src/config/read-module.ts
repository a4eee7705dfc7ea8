/** TypeScript and JavaScript configs, which import `defineConfig` from `holdfast` wherever they are. */
import { HoldfastError, messageOf } from '../core/errors.js';
import { defineConfig } from './define-config.js';
import { PLAIN_SPELLING } from './problems.js';
import type { SourceDocument } from './source-document.js';

/** @throws HoldfastError CONFIG_INVALID when it cannot be run or exports no config */
export async function readModule(file: string): Promise<SourceDocument> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(file, {
    // A config may be in a repository that does not have Holdfast among its packages.
    virtualModules: { holdfast: { defineConfig } },
    // Nothing is written beside or for the user's file, and each load sees the file as it is.
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
  });
  let exported: unknown;
  try {
    exported = await jiti.import(file);
  } catch (error) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Cannot run the config file ${file}: ${messageOf(error).replace(/\s+/g, ' ')}`,
      {
        cause: error,
        hint: 'Correct the error above.',
      },
    );
  }
  // A config that has to wait for something exports a promise.
  const value = await defaultOf(exported);
  if (typeof value !== 'object' || value === null) {
    throw new HoldfastError('CONFIG_INVALID', `${file} has no config as its default export.`, {
      hint: "Write: import { defineConfig } from 'holdfast'; export default defineConfig({ … }).",
    });
  }
  return { value, spelling: PLAIN_SPELLING, problems: [], warnings: [] };
}

/** A CommonJS file's `module.exports` arrives as the module itself or as its default. */
function defaultOf(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return undefined;
  if ('default' in exported) return exported.default;
  return '__esModule' in exported ? undefined : exported;
}
