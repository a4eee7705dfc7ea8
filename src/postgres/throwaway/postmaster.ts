/** The server process itself. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { describeExit } from '../../core/child-process.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { OsUser } from './options.js';
import type { Watchdog } from './watchdog.js';

/** How much of the log is kept, in characters. */
const LOG_TAIL = 8_192;

export interface Postmaster {
  /** The last part of the log, trimmed. */
  logTail(): string;
  isRunning(): boolean;
  /** Throws once the server has ended. @throws HoldfastError THROWAWAY_FAILED with the server's last words */
  assertRunning(): void;
}

/**
 * Starts `postgres` and gives its process id to the watchdog, which is what ends it.
 *
 * It gets its own session, because Ctrl-C would otherwise shut it down under the clients that we end in an orderly way.
 */
export function startPostmaster(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly home: string;
  readonly user: OsUser | undefined;
  readonly watchdog: Watchdog;
}): Postmaster {
  const child = spawn(options.command, [...options.args], {
    cwd: '/',
    detached: true,
    env: { HOME: options.home, PATH: '/usr/bin:/bin' },
    uid: options.user?.uid,
    gid: options.user?.gid,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  let failure: string | undefined;
  child.on('error', (error) => (failure = `could not be started: ${messageOf(error)}`));
  // If no file descriptor is left, there is not even a pipe.
  const stderr = child.stderr as Socket | undefined;
  stderr?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-LOG_TAIL)));
  child.on('exit', (code, signal) => {
    failure = describeExit({ code, signal });
    options.watchdog.watch(undefined);
  });
  options.watchdog.watch(child.pid);
  // Our work keeps our process alive, not the server.
  child.unref();
  stderr?.unref();

  return {
    logTail: () => log.trim(),
    isRunning: () => failure === undefined,
    assertRunning: () => {
      if (failure === undefined) return;
      throw new HoldfastError(
        'THROWAWAY_FAILED',
        `The throwaway server ${failure}${log.trim() ? `: ${log.trim()}` : '.'}`,
      );
    },
  };
}
