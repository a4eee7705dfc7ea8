/** What was asked of a dump. Whoever takes a backup chooses it, so a part never stands for the whole. */
import type { Manifest } from '../../vault/formats/manifest.js';

export type BackupSelection = Manifest['selection'];

/** The same text for the same selection. */
export function nameSelection({ schemas, excludeTableData }: BackupSelection): string {
  return JSON.stringify([[...new Set(schemas)].sort(), [...new Set(excludeTableData)].sort()]);
}

/** Whether a dump of `wide` holds all that one of `narrow` does. Patterns are compared as text. */
export function covers(wide: BackupSelection, narrow: BackupSelection): boolean {
  const schemas =
    wide.schemas.length === 0 ||
    (narrow.schemas.length > 0 && narrow.schemas.every((schema) => wide.schemas.includes(schema)));
  return schemas && wide.excludeTableData.every((table) => narrow.excludeTableData.includes(table));
}

/** `only schema public, without the rows of audit.log`; `undefined` for everything. */
export function describeSelection({ schemas, excludeTableData }: BackupSelection): string | undefined {
  const parts = [
    ...(schemas.length === 0 ? [] : [`only ${schemas.length === 1 ? 'schema' : 'schemas'} ${schemas.join(', ')}`]),
    ...(excludeTableData.length === 0 ? [] : [`no rows of ${excludeTableData.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', and ');
}
