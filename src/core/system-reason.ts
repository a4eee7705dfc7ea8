/** What the operating system refused, in words: Node's own message repeats the system call and the path. */
import { messageOf, systemCodeOf } from './errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a file lies where a directory is needed',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not do that',
  EPERM: 'the system does not permit it',
  EROFS: 'the filesystem is mounted read-only',
  ENOSPC: 'the disk is full',
};

/** To stand after a colon, without a full stop; the error's own message for what is rare. */
export function systemReasonOf(error: unknown): string {
  return REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
}
