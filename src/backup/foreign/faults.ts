import type { ErrorCode } from '../../core/errors.js';
import { DAMAGE } from '../stored/damage.js';

/** What says that the file is no whole dump of one database: a verdict, and not a failure to look. */
export const FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...DAMAGE,
  'DUMP_UNRECOGNIZED',
  'DUMP_TOO_LARGE',
  'ARCHIVE_UNREADABLE',
]);
