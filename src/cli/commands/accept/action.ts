/** The action of `holdfast accept`. */
import { hostname, userInfo } from 'node:os';
import {
  acceptSource,
  type AcceptResult,
  type KnownSource,
  type SourceSample,
} from '../../../backup/accept/accept-source.js';
import { acceptVolume, type AcceptedVolume } from '../../../backup/accept/accept-volume.js';
import { describeSource } from '../../../backup/stored/sources.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import { toSourceDocument } from '../../json/to-source.js';
import { volumeLimits } from '../../inputs/volume-limits.js';
import type { Session } from '../../session.js';
import { formatBytes, formatPlural } from '../../../core/amounts.js';
import { formatMoment } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { wrapSentence } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { acceptDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof acceptDocument>;

export interface AcceptOptions {
  readonly dbName?: string;
  readonly systemIdentifier?: string;
  readonly volume?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export async function accept(
  session: Session,
  database: string,
  options: AcceptOptions,
): Promise<CommandResult<Document>> {
  const { dbName, systemIdentifier, dryRun = false } = options;
  const { clock, signal } = session;
  const store = await openSessionVault(session);
  const acceptedBy = whoRuns();
  if (options.volume) {
    const limits = volumeLimits(await session.config.optional())(database);
    return toVolumeResult(
      await acceptVolume({ database, acceptedBy, dryRun, limits }, { store, clock, signal }),
      acceptedBy,
      dryRun,
    );
  }
  const result = await acceptSource(
    { database, dbName, systemIdentifier, acceptedBy, dryRun, unseen: options.yes ?? false },
    { store, clock, signal },
  );
  const { former, source, needed, acceptedAt, key = null, notes } = result;
  return {
    document: {
      accept: {
        ...{ database, dryRun, needed },
        former: former ? toSourceDocument(former) : null,
        source: toSourceDocument(source),
        volume: null,
        sources: result.known.map(({ first, newest, backups, ...known }) => ({
          ...toSourceDocument(known),
          backups,
          first: toSample(first),
          newest: toSample(newest),
        })),
        ...{ acceptedAt: acceptedAt.toISOString(), acceptedBy, key, notes },
      },
    },
    format: (style) => formatAccepted(result, dryRun, style),
    exitCode: EXIT_DONE,
  };
}

function toSample({ takenAt, ...sample }: SourceSample) {
  return { ...sample, takenAt: takenAt.toISOString() };
}

function toVolumeResult(result: AcceptedVolume, acceptedBy: string, dryRun: boolean): CommandResult<Document> {
  const { database, source, backupKey, takenAt, rows, rawBytes, needed, acceptedAt, key = null, notes } = result;
  return {
    document: {
      accept: {
        ...{ database, dryRun, needed },
        former: toSourceDocument(source),
        source: toSourceDocument(source),
        sources: [],
        volume: { key: backupKey, takenAt: takenAt.toISOString(), rows, rawBytes },
        ...{ acceptedAt: acceptedAt.toISOString(), acceptedBy, key, notes },
      },
    },
    format: (style) => formatVolume(result, dryRun, style),
    exitCode: EXIT_DONE,
  };
}

function formatVolume(
  { database, backupKey, rows, rawBytes, needed, key, notes }: AcceptedVolume,
  dryRun: boolean,
  style: Style,
): string {
  const what = `${backupKey}, with ${formatPlural(rows, 'row')} and ${formatBytes(rawBytes)} of SQL`;
  const said = !needed
    ? `There is nothing to accept: this was accepted before: ${what}.`
    : dryRun
      ? `Would accept for ${database} what this holds: ${what}. Dry run: nothing was stored.`
      : `Accepted for ${database} what this holds: ${what}. Later backups are compared with it.`;
  const lines = [said, ...notes.map((note) => `settled: ${note}`), ...(key === undefined ? [] : [`Stored as ${key}.`])];
  return lines.map((line) => wrapSentence(line, style)).join('\n');
}

/** A container may have no name for its user. */
function whoRuns(): string {
  const { username } = orUndefined(() => userInfo()) ?? { username: String(process.getuid?.() ?? 'unknown') };
  return `${username}@${hostname()}`;
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function formatAccepted(
  { database, former, source, needed, key, known, notes }: AcceptResult,
  dryRun: boolean,
  style: Style,
): string {
  const place = former ? `, in place of ${describeSource(former)}` : '';
  const what = `${describeSource(source)}${place}`;
  const said = !needed
    ? `There is nothing to accept: the backups of ${database} are to be of ${describeSource(source)}.`
    : dryRun
      ? `Would accept for ${database}: ${what}. Dry run: nothing was stored.`
      : `Accepted for ${database}: ${what}.`;
  const lines = [
    said,
    ...known.flatMap(describeKnown),
    ...notes.map((note) => `note: ${note}`),
    ...(key === undefined ? [] : [`Stored as ${key}.`]),
  ];
  return lines.map((line) => wrapSentence(line, style)).join('\n');
}

/** By which a person tells a move from a mistake. */
function describeKnown({ backups, first, newest, ...source }: KnownSource): string[] {
  const told = ({ takenAt, server, rows, tables }: SourceSample) =>
    `${formatMoment(takenAt)} UTC, PostgreSQL ${server}, ${formatPlural(rows, 'row')} in ${formatPlural(tables, 'table')}`;
  return [
    `Of ${describeSource(source)}: ${formatPlural(backups, 'backup')}.`,
    ...(backups > 1 ? [`  first: ${told(first)}`] : []),
    `  newest: ${told(newest)}`,
  ];
}
