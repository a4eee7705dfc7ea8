/** The config of a command: read when it is needed, and only once. */
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { findConfigFile, loadConfig, type HoldfastConfig, type LoadedConfig } from '../../config/index.js';

export interface ConfigSource {
  /** @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID */
  required(): Promise<HoldfastConfig>;
  /**
   * The config for commands that can do without: `undefined` where there is none. One that is found but cannot be
   * used is an error only if it was asked for.
   *
   * @throws HoldfastError CONFIG_INVALID with `--config` or `--env`
   */
  optional(): Promise<HoldfastConfig | undefined>;
}

export interface ConfigSourceOptions {
  /** `--config` */
  readonly file: string | undefined;
  /** `--env` */
  readonly environment: string | undefined;
  readonly cwd: string;
  readonly logger: Logger;
}

export function openConfigSource({ file, environment, cwd, logger }: ConfigSourceOptions): ConfigSource {
  let loading: Promise<LoadedConfig> | undefined;
  const load = () => (loading ??= loadConfig({ file, environment, cwd }));
  let warned = false;
  const required = async () => {
    const { config, warnings } = await load();
    if (!warned) for (const warning of warnings) logger.warn(warning);
    warned = true;
    return config;
  };
  return {
    required,
    optional: async () => {
      if (file !== undefined || environment !== undefined) return required();
      const found = await findConfigFile(cwd);
      if (found === undefined) return undefined;
      try {
        return (await load()).config;
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        logger.warn(`The config ${found} is not used: ${messageOf(error)}`);
        return undefined;
      }
    },
  };
}
