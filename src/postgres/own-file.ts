/**
 * Reads a file that holds a secret or decides where one is sent. Wherever they may write, other users can plant a link
 * to a file of ours, a file of their own, or a pipe that nobody writes to; so what was opened is checked, and not what
 * was there a moment before.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { systemCodeOf } from '../core/errors.js';
import { systemReasonOf } from '../core/system-reason.js';

export interface OwnFileRules {
  /** What the file's mode must not have, by who owns it. @default nothing */
  readonly forbiddenMode?: (owner: number) => number;
  /** Whether a link at the end of the path is followed: only where the user has named the path. @default false */
  readonly followLink?: boolean;
  /** Whether it may belong to anybody: a certificate is public. @default false */
  readonly ofAnybody?: boolean;
}

/** Why a file is not read; `words` completes a sentence that begins with its name. */
export interface Refusal {
  readonly refused: 'link' | 'kind' | 'owner' | 'mode' | 'unreadable';
  readonly words: string;
}

/** @returns `undefined` where there is no such file */
export async function readOwnFile(path: string, rules: OwnFileRules = {}): Promise<Buffer | Refusal | undefined> {
  // A pipe is opened without waiting for a writer, and recognized afterwards.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  let file: FileHandle;
  try {
    file = await open(path, rules.followLink ? flags : flags | constants.O_NOFOLLOW);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') return { refused: 'link', words: 'is a link, which is not followed' };
    if (code === 'ENXIO') return NO_FILE;
    return { refused: 'unreadable', words: `cannot be read: ${systemReasonOf(error)}` };
  }
  try {
    const info = await file.stat();
    if (!info.isFile()) return NO_FILE;
    const self = process.geteuid?.();
    if (!rules.ofAnybody && self !== undefined && info.uid !== 0 && info.uid !== self) {
      return { refused: 'owner', words: `belongs to another user (uid ${info.uid})` };
    }
    if ((info.mode & (rules.forbiddenMode?.(info.uid) ?? 0)) !== 0) {
      return { refused: 'mode', words: 'can be accessed by others' };
    }
    return await file.readFile();
  } catch (error) {
    return { refused: 'unreadable', words: `cannot be read: ${systemReasonOf(error)}` };
  } finally {
    await file.close();
  }
}

const NO_FILE: Refusal = { refused: 'kind', words: 'is not a plain file' };
