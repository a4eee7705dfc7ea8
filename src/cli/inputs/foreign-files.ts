/** Dumps that others made, as the command line names them. */
import { stat } from 'node:fs/promises';
import type { ForeignLimits } from '../../backup/foreign/limits.js';
import { foreignStream, openForeignFile, type ForeignFile } from '../../backup/foreign/foreign-file.js';
import { parseKey } from '../../vault/keys.js';
import type { Session } from '../session.js';
import type { ForeignOptions } from './foreign-options.js';

/** What stands for standard input. */
const STDIN = '-';

/**
 * Which arguments are files and which are backups. A path that begins with `/`, `./` or `../` is a file, and so is `-`;
 * of the rest, what exists as a file and has a dot in its name, unless it is the key of a backup.
 */
export async function splitSpecs(
  specs: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly backups: readonly string[] }> {
  const files: string[] = [];
  const backups: string[] = [];
  for (const spec of specs) ((await isFile(spec)) ? files : backups).push(spec);
  return { files, backups };
}

async function isFile(spec: string): Promise<boolean> {
  if (spec === STDIN || /^\.{0,2}\//.test(spec)) return true;
  if (!spec.includes('.') || parseKey(spec)) return false;
  return stat(spec).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** @throws HoldfastError USAGE where there is no such file */
export function openGiven({ stdin }: Pick<Session, 'stdin'>, path: string): Promise<ForeignFile> {
  return path === STDIN ? Promise.resolve(foreignStream('standard input', stdin)) : openForeignFile(path);
}

export function limitsOf({ maxSize, maxRatio }: ForeignOptions): Partial<ForeignLimits> {
  return { ...(maxSize !== undefined && { maxBytes: maxSize }), ...(maxRatio !== undefined && { maxRatio }) };
}
