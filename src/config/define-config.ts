import type { ConfigInput } from './schema.js';

/** Returns its argument: gives a TypeScript or JavaScript config completion and type checks in editors. */
export function defineConfig(input: ConfigInput): ConfigInput {
  return input;
}
