import type { ErrorCode } from '../../core/errors.js';

/** The errors that say that what is stored is no longer a backup; any other error is a failure to look. */
export const DAMAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OBJECT_CORRUPT',
  'OBJECT_MISSING',
  'MANIFEST_INVALID',
  'DUMP_TRUNCATED',
  'DUMP_MALFORMED',
  'DUMP_OVERTAKEN',
  'HOSTILE_DUMP',
]);
