/** How the client programs of one server are started: directly, or as another user and confined. */
import type { ProcessOptions } from '../core/child-process.js';

export type ClientLauncher = (
  command: string,
  args: readonly string[],
) => Pick<ProcessOptions, 'command' | 'args' | 'user' | 'cwd'>;

/** Starts them directly. */
export const plainLauncher: ClientLauncher = (command, args) => ({ command, args });
