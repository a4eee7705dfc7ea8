/** A worker's config: the JSON in HOLDFAST_CONFIG, since a build has no file of the user's. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openConfigSource, type ConfigSource, type ConfigSourceOptions } from '../cli/inputs/config-source.js';
import type { HoldfastConfig } from '../config/config.js';
import { loadInlineConfig } from '../config/load.js';
import { HoldfastError } from '../core/errors.js';

const VARIABLE = 'HOLDFAST_CONFIG';

/**
 * What config sources are opened with in a worker. `--config FILE` still wins.
 *
 * @param env HOLDFAST_CONFIG holds what a `holdfast.json` would; relative paths in it start at the worker's directory
 */
export function environmentConfig(env: NodeJS.ProcessEnv): (options: ConfigSourceOptions) => ConfigSource {
  return (options) => {
    if (options.file !== undefined) return openConfigSource(options);
    let loading: Promise<HoldfastConfig> | undefined;
    const required = () => (loading ??= load(env[VARIABLE], options));
    return { required, optional: () => (env[VARIABLE] ? required() : Promise.resolve(undefined)) };
  };
}

/** @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID */
async function load(text: string | undefined, { environment, logger }: ConfigSourceOptions): Promise<HoldfastConfig> {
  if (text === undefined || text.trim() === '') {
    throw new HoldfastError('CONFIG_NOT_FOUND', `The environment variable ${VARIABLE} is not set.`, {
      hint: `Set it to what a holdfast.json would hold; \`holdfast deploy\` does so for the builds that it sets up.`,
    });
  }
  const directory = path.dirname(fileURLToPath(import.meta.url));
  const { config, warnings } = await loadInlineConfig({ name: VARIABLE, text, directory, environment });
  for (const warning of warnings) logger.warn(warning);
  return config;
}
