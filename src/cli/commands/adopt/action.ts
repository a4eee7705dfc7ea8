/** The action of `holdfast adopt`. */
import { adoptDumps, type AdoptResult } from '../../../backup/adopt/adopt-dumps.js';
import { formatBytes, formatCount, formatPlural } from '../../../core/amounts.js';
import { printable } from '../../../core/printable.js';
import { openVault } from '../../../vault/open-vault.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE, EXIT_INCOMPLETE, worstExitCode } from '../../exit-code.js';
import { limitsOf } from '../../inputs/foreign-files.js';
import type { ForeignOptions } from '../../inputs/foreign-options.js';
import { openContext, openUnasked } from '../../inputs/open-context.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { adoptDocument } from '../../json/documents.js';
import type { Session } from '../../session.js';
import type { Style } from '../../text/style.js';
import { formatTable } from '../../text/table.js';
import { wrapSentence } from '../../text/wrap.js';

type Document = DocumentOf<typeof adoptDocument>;

export interface AdoptOptions extends ForeignOptions {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly unconfined?: boolean;
}

export async function adopt(
  session: Session,
  databases: readonly string[],
  options: AdoptOptions,
): Promise<CommandResult<Document>> {
  const { env, logger, progress } = session;
  const context = await openContext(session, openUnasked);
  const config = await session.config.optional();
  const from =
    options.from === undefined ? undefined : await openVault(options.from, { env, region: config?.region, logger });
  progress.start(1);
  const result = await adoptDumps(
    {
      databases,
      from,
      timeZone: options.timeZone,
      dryRun: options.dryRun === true,
      confinement: options.unconfined ? 'none' : 'required',
      limits: limitsOf(options),
      onDump: {
        begin: ({ database }) => progress.begin(database, 'adopting'),
        end: ({ database }, outcome) => progress.end(database, outcome),
      },
    },
    context,
  );
  const document = toDocument(result, context.store.url, options);
  return {
    document,
    format: (style) => format(document, style),
    exitCode: worstExitCode([
      EXIT_DONE,
      ...result.refused.map(({ unread }) => (unread ? EXIT_INCOMPLETE : EXIT_BAD_VERDICT)),
    ]),
  };
}

function toDocument({ found, adopted, refused, cost }: AdoptResult, vault: string, options: AdoptOptions): Document {
  const names = new Set([...found.dumps, ...refused].map(({ database }) => database));
  const databases = [...names].sort().map((database) => {
    const own = found.dumps.filter((dump) => dump.database === database);
    return { database, dumps: own.length, bytes: own.reduce((sum, { info }) => sum + info.size, 0) };
  });
  return {
    vault,
    from: options.from ?? null,
    dryRun: options.dryRun === true,
    databases,
    known: found.known,
    others: { total: found.others.total, keys: [...found.others.keys] },
    cost,
    adopted: adopted.map(({ roles, ...rest }) => ({ ...rest, roles: [...roles] })),
    refused: [...refused],
  };
}

function format(document: Document, style: Style): string {
  const { databases, adopted, refused, known, others, cost, dryRun } = document;
  const right = 'right' as const;
  const count = <T extends { readonly database: string }>(items: readonly T[], name: string) =>
    formatCount(items.filter(({ database }) => database === name).length);
  const columns = [
    { title: 'database' },
    { title: 'dumps', align: right },
    { title: 'bytes', align: right },
    ...(dryRun
      ? []
      : [
          { title: 'adopted', align: right },
          { title: 'refused', align: right },
        ]),
  ];
  const rows = databases.map(({ database, dumps, bytes }) => [
    database,
    formatCount(dumps),
    formatBytes(bytes),
    ...(dryRun ? [] : [count(adopted, database), count(refused, database)]),
  ]);
  const blocks = rows.length > 0 ? [formatTable(columns, rows, style)] : ['No dump without a manifest was found.'];
  for (const { key, reason, truncated, unread } of refused) {
    const verdict = truncated ? 'truncated' : unread ? 'not read' : 'refused';
    blocks.push(style.colors.red(wrapSentence(printable(`${verdict}: ${key}: ${reason}`), style)));
  }
  if (dryRun) {
    const requests = `${formatPlural(cost.lists, 'LIST', 'LIST')}, ${formatCount(cost.gets)} GET, ${formatCount(cost.writes)} HEAD and PUT`;
    blocks.push(`It would read ${formatBytes(cost.bytes)}, with about ${requests} requests.`);
  }
  if (known > 0)
    blocks.push(`${formatPlural(known, 'dump')} there ${known === 1 ? 'has' : 'have'} a manifest already.`);
  if (others.total > 0) {
    const names = others.keys.slice(0, 3).join(', ');
    blocks.push(
      wrapSentence(
        printable(`${formatPlural(others.total, 'object')} of other kinds: ${names}${others.total > 3 ? ' …' : ''}`),
        style,
      ),
    );
  }
  if (adopted.length > 0) blocks.push('They are unproven until `holdfast verify` has proven them.');
  return blocks.join('\n');
}
