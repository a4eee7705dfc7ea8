/** The action of `holdfast status`. */
import { readStatus } from '../../../backup/status/read-status.js';
import { type ObjectivesConfig } from '../../../config/sections/objectives.js';
import { HoldfastError } from '../../../core/errors.js';
import type { CommandResult } from '../../command-result.js';
import { openSessionVault } from '../../inputs/open-context.js';
import type { Session } from '../../session.js';
import { exitOfStatus } from '../../status/exit-of-status.js';
import { expectationsOf } from '../../status/expectations.js';
import { formatPrometheus } from '../../status/prometheus.js';
import { toStatusDocument } from '../../status/status-document.js';
import { formatStatus } from '../../status/status-table.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { statusDocument } from '../../json/status-document.js';

type Document = DocumentOf<typeof statusDocument>;

export type StatusFormat = 'table' | 'json' | 'prometheus';

export interface StatusOptions {
  readonly format?: StatusFormat;
  readonly json?: boolean;
  readonly backupAge?: Objective;
  readonly proofAge?: Objective;
}

/** Milliseconds; absent for none. */
export interface Objective {
  readonly ms?: number | undefined;
}

export async function status(
  session: Session,
  names: readonly string[],
  options: StatusOptions,
): Promise<CommandResult<Document>> {
  if (options.json && options.format !== undefined && options.format !== 'json') {
    throw new HoldfastError('USAGE', `--json and --format ${options.format} exclude each other.`, {
      hint: 'Keep one of them.',
    });
  }
  const store = await openSessionVault(session);
  const config = await session.config.optional();
  const { signal, clock } = session;
  const found = await readStatus({ ...expectationsOf(config, over(options)), names }, { store, signal, clock });
  return {
    document: toStatusDocument(found, store.url),
    format: (style) =>
      options.format === 'prometheus' ? formatPrometheus(found) : formatStatus(found, store.url, style),
    exitCode: exitOfStatus(found),
  };
}

/** The objectives that the command line gives; one that is not given leaves the config's alone. */
function over({ backupAge, proofAge }: StatusOptions): Partial<ObjectivesConfig> {
  return { ...(backupAge && { backupAgeMs: backupAge.ms }), ...(proofAge && { proofAgeMs: proofAge.ms }) };
}
