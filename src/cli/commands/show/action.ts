/** The action of `holdfast show`. */
import { readExpectedEntries } from '../../../backup/stored/expected-entries.js';
import { chooseBackup } from '../../../backup/stored/choose-backup.js';
import type { JudgedBackup } from '../../../backup/stored/judged-backup.js';
import { acrossSummaries, describeGap } from '../../../backup/stored/beside-verdict.js';
import { describeDifference } from '../../../backup/stored/describe-bad.js';
import { describeVerdict } from '../../../backup/stored/describe-volume.js';
import { OTHER_SOURCE } from '../../../backup/stored/sources.js';
import { openBackup } from '../../../backup/stored/stored-backup.js';
import { formatBytes, formatCount, formatPlural, formatRatio } from '../../../core/amounts.js';
import { CLOCK_TOLERANCE_MS } from '../../../core/clock.js';
import type { Entry } from '../../../dump/entry.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import { formatObjectName } from '../../../backup/restore/selection/selection.js';
import type { Proof } from '../../../vault/formats/proof.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE, EXIT_INCOMPLETE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import { volumeLimits } from '../../inputs/volume-limits.js';
import type { ShownTable, showDocument } from '../../json/documents.js';
import type { Session } from '../../session.js';
import { formatAge, formatDuration, formatMoment } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { formatFields } from '../../text/fields.js';
import { formatTable } from '../../text/table.js';
import { wrapSentence } from '../../text/wrap.js';
import { formatDifferences, paintVerdict } from '../../verdicts.js';
import { SHOWN_TABLES } from './shown-tables.js';
import type { DocumentOf } from '../../json/document-of.js';

type Document = DocumentOf<typeof showDocument>;

export async function show(
  session: Session,
  spec: string,
  options: { readonly allTables?: boolean },
): Promise<CommandResult<Document>> {
  const { signal, clock } = session;
  const store = await openSessionVault(session);
  const volumeOf = volumeLimits(await session.config.optional());
  const { backup, judged, skipped } = await chooseBackup(store, spec, { now: clock.now(), volumeOf, signal });
  const stored = await openBackup(store, backup, signal);
  const { manifest } = stored;
  const tables = tablesOf(await readExpectedEntries(stored, { store, signal }));
  const { database, manifestKey } = backup;
  const { standing, why, collapse, anomalies, faults } = judged;
  const proof = judged.proof?.proof;
  const collapsed = collapse?.message ?? null;
  const across = acrossSummaries(judged.across);
  const known = { proof: proof ?? null, across, standing, why, collapsed, anomalies };
  return {
    document: { backup: { database, key: manifest.key, manifestKey, manifest, tables, ...known } },
    format: (style) => {
      const shown = options.allTables ? tables : tables.slice(0, SHOWN_TABLES);
      return [
        formatManifest(manifest, judged.source, clock.now(), style),
        formatTables(shown, tables.length - shown.length, style),
        formatProof(proof, judged, manifest, clock.now(), style),
        formatDoubts(judged, skipped, style),
      ]
        .filter((block) => block !== '')
        .join('\n\n');
    },
    // A proof that cannot be read may be the one that says that it does not restore.
    exitCode: faults.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE,
  };
}

/** Of what is still to come, no age is told. */
function since(moment: Date, now: Date): string {
  const ageMs = now.getTime() - moment.getTime();
  return ageMs < -CLOCK_TOLERANCE_MS ? 'dated in the future' : `${formatAge(ageMs)} ago`;
}

/** What is known against it. */
function formatDoubts(
  { standing, why, collapse, part, foreignSource, faults, anomalies }: JudgedBackup,
  skipped: readonly string[],
  style: Style,
): string {
  const doubts = [
    ...skipped,
    ...(standing === 'proven' || standing === 'unverified' ? [] : [why]),
    ...faults,
    ...(collapse === undefined ? [] : [collapse.message]),
    ...(part?.of === undefined ? [] : [part.message]),
    ...(foreignSource === undefined ? [] : [foreignSource]),
    ...anomalies.map(({ message }) => message),
  ];
  return doubts.map((text) => style.colors.yellow(wrapSentence(text, style))).join('\n');
}

/** Largest first. */
function tablesOf(entries: readonly Entry[]): ShownTable[] {
  return entries
    .flatMap((entry) => {
      if (entry.kind !== 'table-data') return [];
      const { schema, name, rows, bytes } = entry;
      return [{ schema, name, rows, bytes }];
    })
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function formatManifest(manifest: Manifest, source: JudgedBackup['source'], now: Date, style: Style): string {
  const { totals, compression, selection, parts } = manifest;
  const stored = parts.reduce((sum, part) => sum + part.storedBytes, 0);
  const takenAt = new Date(manifest.takenAt);
  const { method, level, program } = compression;
  const fields: [string, string][] = [
    ['key', manifest.key],
    ['taken at', `${formatMoment(takenAt)} UTC, ${since(takenAt, now)}`],
    ['took', formatDuration(manifest.durationMs)],
    ['database', `${manifest.dbName}, ${manifest.encoding}, collation ${manifest.locale.collate}`],
    ['server', `PostgreSQL ${manifest.server.version}${manifest.server.inRecovery ? ' (a standby)' : ''}`],
    ['cluster', `${manifest.server.systemIdentifier ?? 'not known'}${relationOf(source)}`],
    ['made by', `${manifest.tool.name} ${manifest.tool.version}, pg_dump ${manifest.client.version}`],
    [
      'holds',
      `${formatPlural(totals.rows, 'row')} in ${formatPlural(totals.tables, 'table')}, ` +
        `${formatPlural(totals.largeObjects, 'large object')}, ${formatPlural(totals.entries, 'entry', 'entries')}`,
    ],
    [
      'size',
      `${formatBytes(totals.rawBytes)} of SQL, ${formatBytes(stored)} stored (${formatRatio(totals.rawBytes, stored)})`,
    ],
    ['compression', level === null ? method : `${method}, level ${level}, by ${program}`],
  ];
  fields.push(...originOf(manifest));
  if (selection.schemas.length > 0) fields.push(['schemas', selection.schemas.join(', ')]);
  if (selection.excludeTableData.length > 0) fields.push(['without rows', selection.excludeTableData.join(', ')]);
  if (manifest.extensions.length > 0) {
    fields.push([
      'extensions',
      manifest.extensions.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`)).join(', '),
    ]);
  }
  if (manifest.roles.length > 0) fields.push(['roles', manifest.roles.join(', ')]);
  for (const { detail } of manifest.omissions) fields.push(['left out', detail]);
  for (const warning of manifest.warnings) {
    // It was accepted since, or another one was: what the backup said when it was taken no longer holds.
    if (warning.startsWith(OTHER_SOURCE) && source?.relation !== 'foreign') continue;
    fields.push(['warning', warning]);
  }
  return formatFields(`${manifest.database} of ${formatMoment(takenAt)} UTC`, fields, style);
}

/** Of a dump that others made: what it was, what it says of itself, and what nobody knows. */
function originOf({ origin, original, claimed, unknown = [] }: Manifest): [string, string][] {
  if (!origin || !original || !claimed) return [];
  const packed = original.compression === 'none' ? '' : `, ${original.compression}`;
  const gaps = unknown.map(({ what, assumed }) => (assumed === null ? what : `${what} (taken for ${assumed})`));
  return [
    ['made by others', `${origin}: ${original.name} (${original.format}${packed}, SHA-256 ${original.sha256})`],
    [
      'claims',
      `taken at ${claimed.takenAt} (${claimed.takenAtFrom})${claimed.database === null ? '' : `, database ${claimed.database}`}`,
    ],
    ['not known', gaps.join(', ')],
  ];
}

function relationOf(source: JudgedBackup['source']): string {
  if (source?.relation === 'foreign') return ', a source that is not accepted';
  return source?.relation === 'former' ? ', a former source: another one was accepted since' : '';
}

function formatTables(tables: readonly ShownTable[], hidden: number, style: Style): string {
  if (tables.length === 0) return '';
  const columns = [
    { title: 'table' },
    { title: 'rows', align: 'right' as const },
    { title: 'bytes', align: 'right' as const },
  ];
  const rows = tables.map(({ schema, name, rows: count, bytes }) => [
    // As --table takes it.
    schema === null ? name : formatObjectName({ schema, name }),
    formatCount(count),
    formatBytes(bytes),
  ]);
  const more = hidden > 0 ? `\n… and ${formatCount(hidden)} smaller ones: --all-tables shows them.` : '';
  return formatTable(columns, rows, style) + more;
}

function proofFields({ verdict, server, matched, entries, confinement }: Proof): [string, string][] {
  // Nothing is restored of what is not what was stored.
  if (verdict === 'unreadable' && entries === 0) return [['restored', 'no: what is stored is damaged']];
  return [
    ['restored into', `PostgreSQL ${server.version}${server.throwaway ? ' (a throwaway server)' : ''}`],
    ...(confinement
      ? [
          ['confined by', confinement.method + (confinement.detail === undefined ? '' : `: ${confinement.detail}`)] as [
            string,
            string,
          ],
        ]
      : []),
    ['entries', `${formatCount(matched)} of ${formatCount(entries)} came back equal`],
  ];
}

function formatProof(
  proof: Proof | undefined,
  { across }: JudgedBackup,
  { totals }: Manifest,
  now: Date,
  style: Style,
): string {
  if (proof === undefined) return 'Never verified: `holdfast verify` restores and compares it.';
  const verifiedAt = new Date(proof.verifiedAt);
  const elsewhere = acrossSummaries(across);
  const heading = paintVerdict(proof.verdict, style)(describeVerdict(proof.verdict, totals, { ...proof, elsewhere }));
  const fields: [string, string][] = [
    [
      'verified at',
      `${formatMoment(verifiedAt)} UTC, ${since(verifiedAt, now)}, in ${formatDuration(proof.durationMs)}`,
    ],
    ...proofFields(proof),
  ];
  for (const { name, dependents } of proof.missingExtensions) {
    fields.push(['missing', `extension ${name}, needed by ${dependents.join(', ')}`]);
  }
  for (const { type, count, objects } of proof.across?.writtenDifferently ?? []) {
    const named = objects.join(', ') + (count > objects.length ? ` and ${count - objects.length} more` : '');
    fields.push(['written differently', `${count} ${type}: ${named}`]);
  }
  for (const one of proof.derivedDifferences ?? []) fields.push(['derived', describeDifference(one)]);
  for (const gap of proof.notCompared ?? []) fields.push(['not compared', describeGap(gap)]);
  for (const note of proof.notes) fields.push(['note', note]);
  const text = formatFields('Proof', fields, style).replace('Proof', () => `Proof: ${heading}`);
  return proof.differences.length === 0 ? text : `${text}\n${formatDifferences(proof.differences, style)}`;
}
