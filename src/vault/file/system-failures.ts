/** What the operating system refused, in the words of a vault. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';

const WRITE_REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space on it, or move the vault to a larger one.',
  EDQUOT: 'The disk quota is used up: raise it, or move the vault.',
  EFBIG: 'The file is larger than the filesystem or the process limit (ulimit -f) allows.',
  EACCES: 'This user may not write there: change the owner or the mode of the directory, or run as another user.',
  EPERM: 'The system does not permit it: check the owner and the attributes of the directory (lsattr).',
  EROFS: 'The filesystem is mounted read-only: remount it for writing, or move the vault.',
  ENOTDIR: 'There is a file where a directory is needed: remove it, or choose another directory for the vault.',
  EEXIST: 'There is a file where a directory is needed: remove it, or choose another directory for the vault.',
  EISDIR: 'There is a directory where the object belongs: remove it, or choose another directory for the vault.',
  ENAMETOOLONG: 'A name in it is longer than the filesystem allows (usually 255 bytes): choose shorter names.',
  ENOLINK: 'Check whether the disk that the link leads to is mounted (findmnt), or remove the link.',
  EXDEV: 'The vault spans several filesystems: keep each vault on one, without mounts or links inside.',
};

/**
 * VAULT_UNWRITABLE with the path and what to do about the system's error code.
 *
 * @param doing what was being done, as in `Storing the object k`
 */
export function unwritable(doing: string, path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const hint = WRITE_REMEDIES[systemCodeOf(error) ?? ''];
  return new HoldfastError('VAULT_UNWRITABLE', `${doing} failed at ${path}: ${messageOf(error)}.`, {
    cause: error,
    hint,
  });
}

const READ_FAILURES: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  ENOENT: {
    reason: 'the directory does not exist',
    hint: 'Check the URL, and whether its disk is mounted. `holdfast vault init` creates a new vault.',
  },
  ENOTDIR: {
    reason: 'there is a file where a directory is needed',
    hint: 'Check the URL of the vault: it must name a directory.',
  },
  EACCES: {
    reason: 'permission denied',
    hint: 'This user may not read there: change the owner or the mode, or run as another user. What root has stored belongs to root: run Holdfast as the owner of the vault, always.',
  },
};

/** VAULT_UNREADABLE with the path, and what to do about the system's error code. */
export function unreadable(doing: string, path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { reason, hint } = READ_FAILURES[systemCodeOf(error) ?? ''] ?? { reason: messageOf(error), hint: undefined };
  const whose = systemCodeOf(error) === 'EACCES' ? describeOwner(path) : '';
  return new HoldfastError('VAULT_UNREADABLE', `${doing} failed at ${path}: ${reason}${whose}.`, {
    cause: error,
    hint,
  });
}

/** Whose it is, or the nearest directory above it that may be looked at; nothing for what is our own. */
function describeOwner(path: string): string {
  const self = process.geteuid?.();
  try {
    const { uid } = statSync(path);
    return uid === self ? '' : `: ${path} belongs to ${userName(uid)}, and this runs as ${userName(self)}`;
  } catch {
    return path === dirname(path) ? '' : describeOwner(dirname(path));
  }
}

function userName(uid: number | undefined): string {
  return uid === 0 ? 'root' : `uid ${uid}`;
}

/**
 * Whether the error says that nothing exists at the path: no entry, a file in place of a directory, a name too long.
 */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCodeOf(error) ?? '');
}
