/**
 * Removes a throwaway server, whatever happens to us.
 *
 * A small shell in its own session reads from a pipe whose other end only we hold. When that end closes, because we
 * asked for it or because we were killed, it ends the server and removes the directory. There is no other way of
 * removal, so every run takes the same path as a kill -9.
 *
 * It runs as our own user: if we are root, the restored code (another user) cannot end it. It learns process ids only
 * from us, never from a file that the server could have written.
 *
 * If the drill has its own users, whatever else runs as one of them is killed too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Each line names the process to end, or `-` for none. `rm` is retried: a dying server may still write. */
const SCRIPT = `
trap '' HUP INT TERM
pid=-
while read -r line; do pid=$line; done
if [ "$pid" != - ]; then
  kill -QUIT "$pid"
  n=0
  while kill -0 "$pid"; do
    n=$((n + 1))
    [ $n -eq 160 ] && kill -KILL "$pid"
    [ $n -ge 200 ] && break
    sleep 0.05
  done
fi
directory=$1
shift
[ $# -eq 0 ] || "$@"
n=0
until rm -rf -- "$directory"; do
  n=$((n + 1))
  [ $n -ge 40 ] && exit 1
  sleep 0.1
done
`;

export interface Watchdog {
  /** The process to end from now on, or `undefined` when it has ended by itself. */
  watch(pid: number | undefined): void;
  /** Ends the process and removes the directory. Resolves to whether the directory is gone. */
  finish(): Promise<boolean>;
}

/**
 * Starts the watchdog of a directory.
 *
 * @param sweep the command line that kills everything that belongs to the server; @default nothing more than the
 *   process
 */
export function startWatchdog(directory: string, sweep: readonly string[] = []): Watchdog {
  let shell = startShell(directory, sweep);
  let watched = '-';
  let finished: Promise<boolean> | undefined;

  const finish = async (): Promise<boolean> => {
    if (hasEnded(shell)) {
      // The watchdog was killed: another one takes over.
      shell = startShell(directory, sweep);
      shell.stdin?.write(`${watched}\n`);
    }
    shell.ref();
    const ended = once(shell, 'close');
    shell.stdin?.end();
    await ended;
    return shell.exitCode === 0;
  };

  return {
    watch: (pid) => {
      watched = pid === undefined ? '-' : String(pid);
      if (!hasEnded(shell)) shell.stdin?.write(`${watched}\n`);
    },
    finish: () => (finished ??= finish()),
  };
}

function startShell(directory: string, sweep: readonly string[]): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'holdfast-watchdog', directory, ...sweep], {
    cwd: '/',
    // A session of its own: neither Ctrl-C nor the end of the terminal reaches it.
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  // A program that forgets stop() still ends, and with it the pipe.
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return shell;
}

function hasEnded(shell: ChildProcess): boolean {
  return shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null;
}
