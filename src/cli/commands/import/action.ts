/** The action of `holdfast import`. */
import { importDump } from '../../../backup/import/import-dump.js';
import { formatBytes, formatPlural } from '../../../core/amounts.js';
import type { CompressionMethod } from '../../../syntax/compression.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import { parseKey } from '../../../vault/keys.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { limitsOf, openGiven } from '../../inputs/foreign-files.js';
import type { ForeignOptions } from '../../inputs/foreign-options.js';
import { openContext, openUnasked } from '../../inputs/open-context.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { importDocument } from '../../json/documents.js';
import type { Session } from '../../session.js';
import { formatFields } from '../../text/fields.js';
import type { Style } from '../../text/style.js';

type Document = DocumentOf<typeof importDocument>;

export interface ImportOptions extends ForeignOptions {
  readonly name?: string;
  readonly takenAt?: Date;
  readonly compression: CompressionMethod;
  readonly level?: number;
  readonly unconfined?: boolean;
}

export async function importFile(
  session: Session,
  path: string,
  options: ImportOptions,
): Promise<CommandResult<Document>> {
  const { progress } = session;
  const context = await openContext(session, openUnasked);
  const file = await openGiven(session, path);
  progress.start(1);
  progress.begin(file.name, 'importing');
  let outcome = 'failed';
  try {
    const manifest = await importDump(
      file,
      {
        database: options.name,
        takenAt: options.takenAt,
        timeZone: options.timeZone,
        compression: { method: options.compression, level: options.level },
        confinement: options.unconfined ? 'none' : 'required',
        limits: limitsOf(options),
      },
      context,
    );
    outcome = `stored, ${formatPlural(manifest.totals.rows, 'row')}`;
    return {
      document: { imported: describeForeignBackup(manifest) },
      format: (style) => formatForeignBackup(manifest, style),
      exitCode: EXIT_DONE,
    };
  } finally {
    progress.end(file.name, outcome);
  }
}

/** What `import` and `adopt` say of a backup that they made. */
export function describeForeignBackup(manifest: Manifest): Document['imported'] {
  const { original, claimed, omissions } = manifest;
  return {
    database: manifest.database,
    key: manifest.key,
    manifestKey: `${parseKey(manifest.key)?.base}.manifest.json`,
    original: original as Document['imported']['original'],
    claimed: claimed as Document['imported']['claimed'],
    encoding: manifest.encoding,
    timeZone: manifest.session.TimeZone ?? 'UTC',
    rawBytes: manifest.totals.rawBytes,
    storedBytes: manifest.parts.reduce((sum, part) => sum + part.storedBytes, 0),
    rows: manifest.totals.rows,
    tables: manifest.totals.tables,
    extensions: manifest.extensions.map(({ name }) => name),
    rolesMissing: [...(omissions.find(({ kind }) => kind === 'globals')?.objects ?? [])],
    warnings: [...manifest.warnings],
  };
}

function formatForeignBackup(manifest: Manifest, style: Style): string {
  const { key, original, extensions, rolesMissing, rows, tables, rawBytes, storedBytes, claimed } =
    describeForeignBackup(manifest);
  const packed = original.compression === 'none' ? '' : `, ${original.compression}`;
  const fields: [string, string][] = [
    ['key', key],
    ['from', `${original.name} (${original.format}${packed}, ${formatBytes(original.bytes)})`],
    [
      'says',
      `PostgreSQL ${claimed.server}, pg_dump ${claimed.client}, taken at ${claimed.takenAt} (${claimed.takenAtFrom})`,
    ],
    ['holds', `${formatPlural(rows, 'row')} in ${formatPlural(tables, 'table')}`],
    ['size', `${formatBytes(rawBytes)} of SQL, ${formatBytes(storedBytes)} stored`],
  ];
  if (extensions.length > 0) fields.push(['extensions', extensions.join(', ')]);
  if (rolesMissing.length > 0) fields.push(['needs roles', rolesMissing.join(', ')]);
  for (const warning of manifest.warnings) fields.push(['warning', warning]);
  fields.push(['next', `holdfast verify ${manifest.database}@${manifest.takenAt.slice(0, 19)}Z`]);
  return formatFields(`imported: ${manifest.database}`, fields, style);
}
