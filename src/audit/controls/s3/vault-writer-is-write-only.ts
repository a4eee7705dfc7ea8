import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import type { ControlContext } from '../../control.js';
import { refusedBy } from '../../policies/deny-evaluation.js';
import { accountOf, coveredActions, coversResource, nameOf } from '../../policies/match.js';
import { valueOf } from '../../reading.js';

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
    const policy = valueOf(bucket.policy);
    const object = `arn:aws:s3:::${bucket.name}/layer2/any`;
    const own = context.facts.account;
    for (const statement of policy?.statements ?? []) {
      if (statement.effect !== 'Allow') continue;
      const writers = statement.principals.filter(
        (principal) => principal.type === 'AWS' && accountOf(principal) !== own,
      );
      if (writers.length === 0) continue;
      const more = coveredActions(statement, BEYOND_WRITING);
      if (more.length > 0) yield `${nameOf(statement)} of the bucket policy allows other accounts ${more.join(', ')}.`;
      if (
        statement.resources.some((resource) =>
          coversResource({ ...statement, resources: [resource] }, UNDER_NO_PREFIX(bucket.name)),
        )
      ) {
        yield `${nameOf(statement)} of the bucket policy is not held to a prefix.`;
      }
    }
    const overwrite = { 'aws:securetransport': 'true', 's3:tlsversion': '1.3', 's3:objectcreationoperation': 'true' };
    if (refusedBy(policy, { action: 's3:PutObject', resource: object, context: overwrite }) === undefined) {
      yield 'Nothing denies overwriting: a PUT without If-None-Match passes.';
    }
    yield* excessOfWriters(bucket.name, context);
  },
});

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
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
  's3:BypassGovernanceRetention',
  's3:PutBucketPolicy',
  's3:PutBucketVersioning',
  's3:PutLifecycleConfiguration',
];

const UNDER_NO_PREFIX = (bucket: string) => `arn:aws:s3:::${bucket}/elsewhere`;

/** The identity policies of the builds' roles, where they are among the facts. */
function* excessOfWriters(bucket: string, { facts }: ControlContext): Iterable<string> {
  const writers = new Set(valueOf(facts.codeBuildProjects).map((project) => valueOf(project.roleArn)));
  for (const role of valueOf(facts.roles).filter(({ name }) => [...writers].some((arn) => arn.endsWith(`/${name}`)))) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const statement of document.statements) {
        if (statement.effect !== 'Allow' || !coversResource(statement, `arn:aws:s3:::${bucket}/layer2/any`)) continue;
        const more = coveredActions(statement, BEYOND_WRITING);
        if (more.length > 0) yield `The policy ${name} of ${role.name} allows ${more.join(', ')} in the vault.`;
      }
    }
  }
}
