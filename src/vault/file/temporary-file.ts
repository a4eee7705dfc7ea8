/** The file that an object is until it is complete, and the removal of those that killed processes left behind. */
import { randomBytes } from 'node:crypto';
import { open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, MINUTE_MS } from '../../core/times.js';
import { TEMPORARY_PREFIX } from '../../syntax/object-key.js';
import { ownIdentity, stateOf, type WriterIdentity } from './writer-identity.js';

/** The interval at which a live writer renews its file's time, in milliseconds. */
const HEARTBEAT_MS = 10 * MINUTE_MS;
/** How long a file of a process that is not visible from here must have been unchanged, in milliseconds. */
const FOREIGN_STALE_MS = DAY_MS;

export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Closes and removes it, whatever other name its content also has. Never fails. */
  discard(): Promise<void>;
}

/**
 * Creates an empty temporary file in the vault's root. All of them are there and not beside their objects: a backup's
 * directory is named after its date, so no later run would come by to clean it up.
 */
export async function createTemporaryFile(root: string): Promise<TemporaryFile> {
  const path = join(root, temporaryName(ownIdentity()));
  const handle = await open(path, 'wx', 0o640);
  // A writer whose source pauses for a day must not look dead to another machine.
  const heartbeat = setInterval(() => {
    const now = new Date();
    handle.utimes(now, now).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    path,
    handle,
    discard: async () => {
      clearInterval(heartbeat);
      await handle.close().catch(() => {});
      await unlink(path).catch(() => {});
    },
  };
}

/**
 * Removes temporary files whose writers are certainly dead, or not visible and silent for a day. Never fails:
 * what cannot be removed (another user's file) stays.
 */
export async function removeStaleFiles(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const writer = writerOf(name);
    if (!writer) continue;
    const path = join(root, name);
    const state = stateOf(writer);
    if (state === 'dead' || (state === 'elsewhere' && (await isSilent(path)))) await unlink(path).catch(() => {});
  }
}

async function isSilent(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > FOREIGN_STALE_MS;
}

/** `.holdfast-tmp-<place>-<pid>-<start>-<random>`. */
export function temporaryName(writer: WriterIdentity): string {
  const random = randomBytes(6).toString('hex');
  return `${TEMPORARY_PREFIX}${writer.place}-${writer.pid}-${writer.startedAt}-${random}`;
}

function writerOf(name: string): WriterIdentity | undefined {
  if (!name.startsWith(TEMPORARY_PREFIX)) return undefined;
  const match = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}$/.exec(name.slice(TEMPORARY_PREFIX.length));
  return match ? { place: match[1] ?? '', pid: Number(match[2]), startedAt: Number(match[3]) } : undefined;
}
