/** What is used of the driver, loaded with the first connection: see scripts/build/cli-bundle.mjs. */
export { createClient } from 'redis';
