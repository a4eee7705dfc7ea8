/** The action of `holdfast accept`. */
import { hostname, userInfo } from 'node:os';
import { acceptSource, type AcceptResult } from '../../../backup/accept/accept-source.js';
import { describeSource } from '../../../backup/stored/sources.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import { toSourceDocument } from '../../json/to-source.js';
import type { Session } from '../../session.js';
import { printable } from '../../text/printable.js';
import type { Style } from '../../text/style.js';
import { wrapText } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { acceptDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof acceptDocument>;

export interface AcceptOptions {
  readonly dbName?: string;
  readonly systemIdentifier?: string;
  readonly dryRun?: boolean;
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
  const result = await acceptSource(
    { database, dbName, systemIdentifier, acceptedBy, dryRun },
    { store, clock, signal },
  );
  const { former, source, needed, acceptedAt, key = null, notes } = result;
  return {
    document: {
      accept: {
        ...{ database, dryRun, needed },
        former: former ? toSourceDocument(former) : null,
        source: toSourceDocument(source),
        ...{ acceptedAt: acceptedAt.toISOString(), acceptedBy, key, notes },
      },
    },
    format: (style) => formatAccepted(result, dryRun, style),
    exitCode: EXIT_DONE,
  };
}

/** A container may have no name for its user. */
function whoRuns(): string {
  const { username } = attempt(() => userInfo()) ?? { username: String(process.getuid?.() ?? 'unknown') };
  return `${username}@${hostname()}`;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function formatAccepted(
  { database, former, source, needed, key, notes }: AcceptResult,
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
  const lines = [said, ...notes.map((note) => `note: ${note}`), ...(key === undefined ? [] : [`Stored as ${key}.`])];
  return lines.map((line) => wrapText(printable(line), style.width, 2)).join('\n');
}
