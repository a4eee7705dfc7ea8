/** The action of `holdfast policy`. */
import type { HoldfastConfig } from '../../../config/index.js';
import { HoldfastError } from '../../../core/errors.js';
import { dumpRoleSql } from '../../../postgres/dump-role.js';
import type { LiveStatement, PolicyComparison } from '../../aws/compare-policies.js';
import type { WantedPolicy } from '../../aws/wanted-policy.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import { oneDatabase } from '../../inputs/one-database.js';
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
  const config = await session.config.required();
  if (kind === 'database') return databaseSql(config, name, options);
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

function databaseSql(
  config: HoldfastConfig,
  name: string | undefined,
  { compare, role }: PolicyOptions,
): CommandResult<Document> {
  if (compare)
    throw new HoldfastError(
      'USAGE',
      '--compare is for policies on AWS; `holdfast backup --dry-run` checks the role of a database.',
    );
  const database = oneDatabase(config, name);
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
