/** What the operating system refused, in words: Node's own message repeats the system call and the path. */
import { messageOf, systemCodeOf } from './errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'there is a file where a directory is needed',
  EISDIR: 'it is a directory',
  EACCES: 'this user does not have the permission',
  EPERM: 'the system does not permit it',
  EROFS: 'the filesystem is mounted read-only',
  ENOSPC: 'the disk is full',
};

/** Fits after a colon, without a period; for rare codes, the error's own message. */
export function systemReasonOf(error: unknown): string {
  return REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
}
