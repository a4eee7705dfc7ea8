/** The action of `holdfast policy`. */
import { HoldfastError } from '../../../core/errors.js';
import { dumpRoleSql } from '../../../postgres/dump-role.js';
import type { LiveStatement, PolicyComparison } from '../../aws/compare-policies.js';
import type { WantedPolicy } from '../../aws/wanted-policy.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import { toDump, type DumpTarget } from '../../inputs/dump-target.js';
import type { Session } from '../../session.js';
import { printable } from '../../../core/printable.js';
import type { Style } from '../../text/style.js';
import { DEFAULT_DUMP_ROLE } from './default-dump-role.js';
import { comparePolicies } from '../../aws/compare-policies.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { policyDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof policyDocument>;

export type Kind = 'bucket' | 'key' | 'role' | 'database';

export interface PolicyOptions {
  readonly compare?: boolean;
  readonly role?: string;
}

export async function policy(
  session: Session,
  kind: Kind,
  name: string | undefined,
  options: PolicyOptions,
): Promise<CommandResult<Document>> {
  if (kind === 'database') return databaseSql(await dumpTarget(session, name), options);
  const config = await session.config.required();
  if (options.role !== undefined)
    throw new HoldfastError('USAGE', '--role goes with database: roles on AWS have fixed names.');
  const { wantedPolicy } = await import('../../aws/wanted-policy.js');
  const found = wantedPolicy(kind, config, name);
  if (options.compare) return compared(session, kind, found);
  for (const note of found.notes) session.logger.info(note);
  return {
    document: {
      policy: {
        kind,
        name: found.name,
        document: { ...found.document, Statement: found.document.Statement.map((statement) => ({ ...statement })) },
        tags: found.tags,
      },
    },
    format: () => JSON.stringify(found.document, null, 2),
    exitCode: EXIT_DONE,
  };
}

/** Without a config the name is the database's own, and nothing else has to be known. */
async function dumpTarget(session: Session, name: string | undefined): Promise<DumpTarget> {
  const hint = 'Name the database as its server does: `holdfast policy database NAME --role ROLE` needs no config.';
  try {
    return toDump(await session.config.required(hint), name);
  } catch (error) {
    const absent = error instanceof HoldfastError && error.code === 'CONFIG_NOT_FOUND';
    const { config, env } = session.options;
    if (!absent || name === undefined || config !== undefined || env !== undefined) throw error;
    return { dbName: name, iam: false };
  }
}

function databaseSql(database: DumpTarget, { compare, role }: PolicyOptions): CommandResult<Document> {
  if (compare)
    throw new HoldfastError(
      'USAGE',
      '--compare is for policies on AWS; `holdfast backup --dry-run` checks the role of a database.',
    );
  const user = role ?? database.user ?? DEFAULT_DUMP_ROLE;
  const sql = dumpRoleSql(user, database.dbName, { iam: database.iam });
  return {
    document: { policy: { kind: 'database', name: user, sql } },
    format: () => sql.trimEnd(),
    exitCode: EXIT_DONE,
  };
}

async function compared(session: Session, kind: Kind, wanted: WantedPolicy): Promise<CommandResult<Document>> {
  const { name, document, live, tags = {}, liveTags } = wanted;
  const result = comparePolicies(document.Statement as unknown as readonly LiveStatement[], await live(session));
  const found = liveTags ? await liveTags(session) : {};
  const missingTags = Object.fromEntries(Object.entries(tags).filter(([key, value]) => found[key] !== value));
  const equal = result.missing.length === 0 && result.extra.length === 0 && Object.keys(missingTags).length === 0;
  return {
    document: { policy: { kind, name, equal, ...result, ...(liveTags && { missingTags }) } },
    format: (style) => formatComparison(`${kind} ${name}`, { ...result, missingTags }, style),
    exitCode: equal ? EXIT_DONE : EXIT_BAD_VERDICT,
  };
}

type Comparison = PolicyComparison & { readonly missingTags: Readonly<Record<string, string>> };

function formatComparison(
  what: string,
  { matched, missing, extra, missingTags }: Comparison,
  { colors }: Style,
): string {
  const show = (mark: string, paint: (text: string) => string, statements: readonly LiveStatement[]) =>
    statements.flatMap((statement) =>
      printable(JSON.stringify(statement, null, 2))
        .split('\n')
        .map((line) => paint(`${mark} ${line}`)),
    );
  const tags = Object.entries(missingTags).map(([key, value]) => colors.red(`- tag ${key}=${value}`));
  if (missing.length === 0 && extra.length === 0) {
    const equal = `${what}: the live policy is equal, ${matched} statements.`;
    return tags.length === 0 ? equal : [`${equal} Tags are missing:`, ...tags].join('\n');
  }
  return [
    `${what}: the live policy differs. Equal: ${matched}, missing: ${missing.length}, not needed: ${extra.length}.`,
    ...show('-', colors.red, missing),
    ...show('+', colors.yellow, extra),
    ...tags,
  ].join('\n');
}
