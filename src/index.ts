/** The package's public interface. */
export { defineConfig } from './config/define-config.js';
export type { ConfigInput, DatabaseInput, DefaultsInput, EnvironmentInput } from './config/schema.js';
export type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from './config/config.js';
