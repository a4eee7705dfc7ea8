import { WRITE_ACTIONS } from '../../policies/writer.js';
import { isBackupProject } from '../backup/facts.js';
import type { RoleFact } from '../iam/facts.js';
import { type ControlContext, defineControl } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { allOf, itemsOf, mapReading, type Reading, UnknownReading, valueOf } from '../model/reading.js';
import { namesOf } from '../policies/conditions.js';
import { refusedBy } from '../policies/deny-evaluation.js';
import { accountOf, capitalize, isEveryone, nameOf, reaches } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';
import { bucketArn, bucketRole } from './facts.js';
import { putRequests, writingAccounts } from './vault-requests.js';
import { patternsMeet } from '../../syntax/patterns-meet.js';

export const vaultWriterIsWriteOnly = defineControl({
  id: 'vault-writer-is-write-only',
  title: 'Backup writers can add new objects to the vault and do nothing else.',
  severity: 'critical',
  references: { pci: ['7.2.5'], soc2: ['CC6.3'], nist: ['AC-6', 'CP-9'], iso: ['A.8.3', 'A.8.13'] },
  remediation:
    "Allow s3:PutObject and s3:AbortMultipartUpload only under the writer's own prefix, and deny overwriting, as in the policy that `holdfast policy bucket` prints.",
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy) ?? { statements: [] };
    const own = ownAccount(bucket, context);
    const arn = bucketArn(bucket);
    const roleArns = buildRoleArns(context);
    const knownArns = 'value' in roleArns ? roleArns.value : [];
    for (const statement of policy.statements) {
      if (isForWriters(statement, own, knownArns)) yield* excess(arn, statement);
    }
    const accounts = writingAccounts(bucket, policy, context);
    const overwriting = putRequests(bucket, accounts, 'any', 'overwriting');
    if (overwriting.some((request) => refusedBy(policy, request) === undefined))
      yield 'Nothing denies overwriting: a PUT without If-None-Match is allowed.';
    yield* excessOfBuilds(arn, valueOf(roleArns), context);
  },
});

/**
 * Whether it allows something to a principal that is neither of the bucket's account nor a service, or to a role that
 * backs up.
 */
function isForWriters(statement: PolicyStatement, own: string, roleArns: readonly string[]): boolean {
  if (statement.effect !== 'Allow') return false;
  const others = statement.principals.some(
    (principal) => principal.type !== 'Service' && (isEveryone(principal) || accountOf(principal) !== own),
  );
  const named = namesOf(statement);
  const builds = roleArns.some((arn) => named.some((name) => patternsMeet(name, arn)));
  return others || builds || statement.notPrincipals.length > 0;
}

function* excess(bucket: string, statement: PolicyStatement): Iterable<string> {
  const where = `${capitalize(nameOf(statement))} of the bucket policy`;
  const more = beyondWriting(statement);
  if (more.length > 0) yield `${where} allows other accounts ${more.join(', ')}.`;
  if (isAnywhere(statement, bucket)) yield `${where} is not limited to a prefix.`;
  const patterns = namesOf(statement).filter((name) => /[*?]/.test(name));
  const bound = statement.resources.every((resource) => resource.includes('${aws:PrincipalTag/'));
  // What reads or deletes must be removed, not limited.
  if (more.length === 0 && patterns.length > 0 && !bound && reaches(statement, `${bucket}/*`))
    yield `${where} lets every role that matches ${patterns.join(' or ')} write there: nothing binds a role to the prefix of its database.`;
}

/**
 * Of what a statement allows, everything of S3 that is more than putting new objects: each action that is not known to
 * be needed, so that none is forgotten.
 */
function beyondWriting({ actions, notActions }: PolicyStatement): string[] {
  const isNeeded = (action: string) => NEEDED.some((one) => one.toLowerCase() === action.toLowerCase());
  return [
    ...actions.filter((action) => patternsMeet(action, 's3:*', false) && !isNeeded(action)),
    ...notActions.map((action) => `everything except ${action}`),
  ];
}

/** Putting objects, and actions on no bucket in particular. */
const NEEDED: readonly string[] = [...WRITE_ACTIONS, 's3:GetAccountPublicAccessBlock', 's3:ListAllMyBuckets'];

/** After the bucket: what begins with neither a wildcard nor a policy variable, whose value others choose. */
const HAS_PREFIX = /^\/(?!\$\{[a-z]+:)[^*?]/;

/** Whether keys may begin with anything. */
function isAnywhere(statement: PolicyStatement, bucket: string): boolean {
  if (!reaches(statement, `${bucket}/*`)) return false;
  const objects = statement.resources.filter((pattern) => patternsMeet(pattern, `${bucket}/*`));
  return statement.notResources.length > 0 || objects.some((pattern) => !HAS_PREFIX.test(pattern.slice(bucket.length)));
}

function buildRoleArns(context: ControlContext): Reading<readonly string[]> {
  const projects = context.facts.codeBuildProjects;
  if ('unknown' in projects) return projects;
  const arns = projects.value.filter((project) => isBackupProject(project, context)).map(({ roleArn }) => roleArn);
  return mapReading(allOf(arns), (all) => all.map(String));
}

/**
 * The identity policies of the roles that back up.
 *
 * @throws UnknownReading where one of the roles was not read
 */
function* excessOfBuilds(bucket: string, arns: readonly string[], { facts }: ControlContext): Iterable<string> {
  const roles = valueOf(facts.roles).filter(({ kind }) => kind === 'role');
  const isOf = (arn: string, { name }: RoleFact) => arn.endsWith(`/${name}`);
  for (const role of roles.filter((one) => arns.some((arn) => isOf(arn, one)))) {
    for (const { name, document } of itemsOf(role.policies)) {
      for (const statement of document.statements.filter(({ effect }) => effect === 'Allow')) {
        const reached = reaches(statement, bucket) || reaches(statement, `${bucket}/*`);
        const more = reached ? beyondWriting(statement) : [];
        if (more.length > 0) yield `The policy ${name} of ${role.name} allows ${more.join(', ')} in the vault.`;
      }
    }
  }
  const missing = arns.find((arn) => !roles.some((role) => isOf(arn, role)));
  if (missing !== undefined)
    throw new UnknownReading({ reason: `The role ${missing}, which backs up, is not among those read.` });
}
