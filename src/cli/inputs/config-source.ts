/** The config of a command: read when it is needed, and only once. */
import { HoldfastError, messageOf, type ErrorCode } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { findConfigFile } from '../../config/find-file.js';
import type { HoldfastConfig, LoadedConfig, LoadOptions } from '../../config/index.js';

export interface ConfigSource {
  /**
   * @param hint how this command works without a config @default none does: names `holdfast init`
   * @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID
   */
  required(hint?: string): Promise<HoldfastConfig>;
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

function isCoded(error: unknown, code: ErrorCode): error is HoldfastError {
  return error instanceof HoldfastError && error.code === code;
}

export function openConfigSource({ file, environment, cwd, logger }: ConfigSourceOptions): ConfigSource {
  let loading: Promise<LoadedConfig> | undefined;
  const load = () => (loading ??= readConfig({ file, environment, cwd }));
  let warned = false;
  const required = async (hint?: string) => {
    const { config, warnings } = await load().catch((error: unknown) => {
      // One that was asked for and is not there is a matter of its name.
      const replaced = hint !== undefined && file === undefined && isCoded(error, 'CONFIG_NOT_FOUND');
      throw replaced ? new HoldfastError(error.code, error.message, { hint }) : error;
    });
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
        if (!warned) logger.warn(`The config ${found} is not used: ${messageOf(error)}`);
        warned = true;
        return undefined;
      }
    },
  };
}

/** Loaded late: the schema is large, and a command that is told all on its command line has no config to read. */
async function readConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { loadConfig } = await import('../../config/load.js');
  return loadConfig(options);
}
