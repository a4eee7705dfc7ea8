/** What is used of the driver, loaded with the first connection: see scripts/build/cli-bundle.mjs. */
import { createClient } from 'redis';

/**
 * Never connected: `duplicate` makes the clients. `createClient` builds a class with every command
 * for each other set of options, which takes 30 ms, and keeps the last set, password included; a duplicate takes the
 * class of what it comes from.
 */
export const originalClient: ReturnType<typeof createClient> = createClient();
