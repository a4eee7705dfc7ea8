/** What other folders use of the config. */
export type { Compression, DatabaseConfig, DiscoveryConfig, HoldfastConfig, ServerConfig, SslMode } from './config.js';
export { defineConfig } from './define-config.js';
export { contestedNames, expandDiscovered, withDiscovered, type Discovered, type Holder } from './discovery.js';
export { findDatabase } from './find-database.js';
export { CONFIG_FILE_NAMES, findConfigFile } from './find-file.js';
export { configJsonSchema } from './json-schema.js';
export {
  loadConfig,
  loadInlineConfig,
  readSettings,
  type InlineOptions,
  type LoadedConfig,
  type LoadOptions,
  type ReadSettings,
} from './load.js';
export { nameProblem } from './name.js';
export { sourceAccountOf } from './resolve.js';
export { isPlaceholder, requireFilledIn } from './placeholders.js';
export { configReference, withConfigReference } from './reference.js';
export type { BackupAccountConfig } from './sections/backup-account.js';
export type { NetworkConfig, SourceAccountConfig } from './sections/source-account.js';
export type { ConfigInput, DatabaseInput, DefaultsInput, EnvironmentInput } from './schema.js';
