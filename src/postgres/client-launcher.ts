/** How the client programs of one server are started: as they are, or as another user and confined. */
import type { ProcessOptions } from '../core/child-process.js';

export type ClientLauncher = (
  command: string,
  args: readonly string[],
) => Pick<ProcessOptions, 'command' | 'args' | 'user' | 'cwd'>;

/** As they are. */
export const plainLauncher: ClientLauncher = (command, args) => ({ command, args });
