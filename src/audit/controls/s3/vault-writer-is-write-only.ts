import { isBackupProject } from '../../backup-projects.js';
import { bucketRole } from '../../bucket-roles.js';
import { defineControl, type ControlContext } from '../../control.js';
import { ownAccount } from '../../own-account.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { accountOf, capitalize, coveredActions, coversResource, isEveryone, nameOf } from '../../policies/match.js';
import type { PolicyStatement } from '../../policies/policy-document.js';
import { valueOf } from '../../reading.js';
import { putRequests, writingAccounts } from '../../vault-requests.js';

export const vaultWriterIsWriteOnly = defineControl({
  id: 'vault-writer-is-write-only',
  title: 'Who writes backups puts new objects, and can do nothing else in the vault.',
  severity: 'critical',
  references: { pci: ['7.2.5'], soc2: ['CC6.3'] },
  remediation:
    'Allow s3:PutObject and s3:AbortMultipartUpload under the own prefix only, and deny overwriting, as `holdfast policy bucket` prints it.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy) ?? { statements: [] };
    const own = ownAccount(bucket, context);
    for (const statement of policy.statements) {
      if (isForWriters(statement, own)) yield* excess(bucket.name, statement);
    }
    const overwriting = putRequests(bucket, writingAccounts(bucket, policy, context), {
      's3:if-none-match': undefined,
    });
    if (overwriting.some((request) => refusedBy(policy, request) === undefined))
      yield 'Nothing denies overwriting: a PUT without If-None-Match passes.';
    yield* excessOfBuilds(bucket.name, context);
  },
});

function isForWriters({ effect, principals, notPrincipals }: PolicyStatement, own: string): boolean {
  const writes = principals.some(
    (principal) => isEveryone(principal) || (principal.type === 'AWS' && accountOf(principal) !== own),
  );
  return effect === 'Allow' && (writes || notPrincipals.length > 0);
}

function* excess(bucket: string, statement: PolicyStatement): Iterable<string> {
  const where = `${capitalize(nameOf(statement))} of the bucket policy`;
  const more = coveredActions(statement, BEYOND_WRITING);
  if (more.length > 0) yield `${where} allows other accounts ${more.join(', ')}.`;
  if (coversResource(statement, `arn:aws:s3:::${bucket}/elsewhere`)) yield `${where} is not held to a prefix.`;
}

/** What nobody needs who only puts new objects. */
const BEYOND_WRITING = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:PutObjectAcl',
  's3:PutObjectTagging',
  's3:PutObjectVersionTagging',
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
  's3:BypassGovernanceRetention',
  's3:ReplicateDelete',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:PutBucketVersioning',
  's3:PutBucketObjectLockConfiguration',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
];

/** The identity policies of the roles that back up, where they are among the facts. */
function* excessOfBuilds(bucket: string, context: ControlContext): Iterable<string> {
  const arns = valueOf(context.facts.codeBuildProjects)
    .filter((project) => isBackupProject(project, context))
    .map((project) => valueOf(project.roleArn));
  const object = `arn:aws:s3:::${bucket}/layer2/any`;
  for (const role of valueOf(context.facts.roles).filter(({ name }) => arns.some((arn) => arn.endsWith(`/${name}`)))) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const statement of document.statements) {
        const reaches = coversResource(statement, object) || coversResource(statement, `arn:aws:s3:::${bucket}`);
        const more = statement.effect === 'Allow' && reaches ? coveredActions(statement, BEYOND_WRITING) : [];
        if (more.length > 0) yield `The policy ${name} of ${role.name} allows ${more.join(', ')} in the vault.`;
      }
    }
  }
}
