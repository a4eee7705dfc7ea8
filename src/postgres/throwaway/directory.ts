/** The directory of a throwaway server: private, reachable for the server's user, short enough for a socket. */
import { chmod, chown, lchown, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProcess } from '../../core/child-process.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { OsUser } from './options.js';

/** How long a socket's path may be in bytes, without the terminating NUL. */
const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;
const PREFIX = 'holdfast-';
/** What mkdtemp appends to the prefix. */
const RANDOM = 'XXXXXX';

/** Where the parts of a server are. */
export interface ThrowawayDirectory {
  /** Also the directory of the socket. */
  readonly path: string;
  readonly data: string;
  /** HOME of the server. What runs there can write to it, so nobody else uses it. */
  readonly home: string;
  /** One for each tablespace, in their order. */
  readonly tablespaces: readonly string[];
}

/**
 * Creates the directory with mode 0700, owned by `user`; with `shared`, owned by root and open to the group of `user`
 * until {@link sealDirectory}.
 *
 * @param parent the temporary directory to create it in; @default the system's
 * @param tablespaces how many directories for tablespaces to create
 * @throws HoldfastError THROWAWAY_FAILED when the path is too long for a socket, cannot be written, or cannot be
 *   reached by `user`
 */
export async function createThrowawayDirectory(options: {
  readonly parent: string | undefined;
  readonly port: number;
  readonly user: OsUser | undefined;
  readonly shared: boolean;
  readonly tablespaces: number;
}): Promise<ThrowawayDirectory> {
  const { user } = options;
  const parent = await realpath(options.parent ?? tmpdir()).catch((error: unknown) => {
    throw unusable(options.parent ?? tmpdir(), messageOf(error), error);
  });
  refuseLongPath(parent, options.port);
  if (user) await refuseUnreachable(parent, user);

  const path = await mkdtemp(join(parent, PREFIX)).catch((error: unknown) => {
    throw unusable(parent, messageOf(error), error);
  });
  try {
    const inside = [join(path, 'home'), ...Array.from({ length: options.tablespaces }, (_, i) => join(path, `ts${i}`))];
    for (const directory of inside) await mkdir(directory, { mode: 0o700 });
    if (user) for (const directory of inside) await lchown(directory, user.uid, user.gid);
    if (user) await lchown(path, options.shared ? 0 : user.uid, user.gid);
    await chmod(path, options.shared ? 0o730 : 0o700);
    return { path, data: join(path, 'data'), home: join(path, 'home'), tablespaces: inside.slice(1) };
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw unusable(parent, messageOf(error), error);
  }
}

/**
 * Hands over what initdb created to the server's user. A different user created it, because initdb asks the system for
 * the name of its user, and the drill's user has none.
 */
export async function handOver(directory: ThrowawayDirectory, user: OsUser): Promise<void> {
  await runProcess({
    command: 'chown',
    args: ['-hR', '--', `${user.uid}:${user.gid}`, directory.data],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
  });
}

/** The socket exists: from now on nobody but root can replace it. */
export async function sealDirectory(directory: ThrowawayDirectory, user: OsUser): Promise<void> {
  await chown(directory.path, 0, user.gid);
  await chmod(directory.path, 0o710);
}

function refuseLongPath(parent: string, port: number): void {
  const length = Buffer.byteLength(join(parent, PREFIX + RANDOM, `.s.PGSQL.${port}`));
  if (length <= MAX_SOCKET_PATH) return;
  throw unusable(
    parent,
    `the path of its socket would have ${length} bytes, but the system allows ${MAX_SOCKET_PATH}; use a directory with a shorter path`,
  );
}

/** Tried as that user, because modes do not tell the whole story (access lists, mounts). */
async function refuseUnreachable(parent: string, user: OsUser): Promise<void> {
  try {
    await runProcess({ command: '/bin/sh', args: ['-c', 'cd -- "$1"', 'sh', parent], env: {}, cwd: '/', user });
  } catch (error) {
    const closed = (await firstClosed(parent)) ?? parent;
    throw unusable(
      parent,
      `the server runs as uid ${user.uid}, which cannot enter ${closed}; use a directory that every user can enter, such as /tmp`,
      error,
    );
  }
}

/** The topmost directory on the way to `path` that others may not enter. */
async function firstClosed(path: string): Promise<string | undefined> {
  const above = dirname(path) === path ? undefined : await firstClosed(dirname(path));
  if (above !== undefined) return above;
  return ((await stat(path)).mode & 0o001) === 0 ? path : undefined;
}

function unusable(directory: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('THROWAWAY_FAILED', `Starting a throwaway server in ${quoted(directory)}: ${reason}.`, {
    cause,
    hint: 'TMPDIR names the temporary directory; /tmp is suitable on most systems.',
  });
}
