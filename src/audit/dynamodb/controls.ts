/** What is required of DynamoDB tables. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { isNamed } from '../model/known-name.js';
import { ownAccount } from '../model/ownership.js';
import { valueOf } from '../model/reading.js';
import { foreignAccess } from '../policies/foreign-access.js';

const { controls, define } = controlList();
export { controls };

export const dynamodbCmk = define({
  id: 'dynamodb-cmk',
  title: 'Tables are encrypted with the expected key.',
  severity: 'medium',
  references: {
    pci: ['3.5.1'],
    nist: ['SC-13', 'SC-28(1)'],
    iso: ['A.8.24'],
    runbook: ['3.1'],
    knownAs: ['CKV_AWS_119'],
  },
  remediation: 'aws dynamodb update-table --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=<key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  expects: (declared) => declared.dynamoTables.map((table) => table.name),
  *check(table, context) {
    const { type, kmsKeyId } = valueOf(table.encryption);
    if (type !== 'KMS') yield 'It is encrypted with an AWS owned key.';
    else yield* keyProblems(kmsKeyId, context, 'dataLayer');
  },
});

export const dynamodbPitr = define({
  id: 'dynamodb-pitr',
  title: 'Point-in-time recovery is on and covers 35 days.',
  severity: 'medium',
  references: {
    soc2: ['A1.2'],
    nist: ['CP-9', 'CP-10'],
    iso: ['A.8.13'],
    runbook: ['3.1', '7.1 PITR Status', '7.2.5'],
    knownAs: ['CKV_AWS_28', 'N DDB3'],
  },
  remediation:
    'aws dynamodb update-continuous-backups --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  expects: (declared) => declared.dynamoTables.map((table) => table.name),
  *check(table) {
    const { enabled, days } = valueOf(table.pointInTimeRecovery);
    if (!enabled) yield 'Point-in-time recovery is off.';
    else if (days !== undefined && days < MAX_DAYS)
      yield `Point-in-time recovery covers ${days} days; ${MAX_DAYS} are required.`;
  },
});

/** DynamoDB's maximum, and its default. */
const MAX_DAYS = 35;

export const dynamodbDeletionProtection = define({
  id: 'dynamodb-deletion-protection',
  title: 'Tables are protected from deletion.',
  severity: 'medium',
  references: { soc2: ['C1.1'], nist: ['CM-3', 'SC-5(2)'], iso: ['A.5.33'], runbook: ['3.1'] },
  remediation: 'aws dynamodb update-table --deletion-protection-enabled.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  *check(table) {
    if (!valueOf(table.deletionProtection)) yield 'Deletion protection is off.';
  },
});

export const dynamodbScaling = define({
  id: 'dynamodb-scaling',
  title: 'Every table and index scales at 70% or less, for reads and writes.',
  severity: 'low',
  references: { soc2: ['A1.1'], nist: ['SC-5(2)'], iso: ['A.8.6'], runbook: ['3.2'], knownAs: ['CKV2_AWS_16'] },
  remediation: 'Register a scalable target and a target-tracking policy for each dimension.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  concerns: (table) => valueOf(table.billingMode) === 'PROVISIONED',
  *check(table) {
    const scaling = valueOf(table.scaling);
    for (const part of ['table', ...valueOf(table.indexes).map((index) => `index/${index}`)]) {
      for (const direction of ['read', 'write']) {
        const one = scaling[`${part}:${direction}`];
        const target = one && valueOf(one.targetValue);
        if (!one) yield `${part} does not scale for ${direction}s.`;
        else if (target === undefined || target > 70)
          yield `${part} scales for ${direction}s at ${target === undefined ? 'no target' : `${target}%`}; at most 70% is allowed.`;
      }
    }
  },
});

export const dynamodbNoForeignAccess = define({
  id: 'dynamodb-no-foreign-access',
  title: 'No resource policy grants access to another account.',
  severity: 'high',
  references: { pci: ['7.2.1'], nist: ['AC-3', 'AC-6'], iso: ['A.8.3'], runbook: ['3.1'] },
  remediation: 'Remove the principals of other accounts from the resource policy.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  *check(table, context) {
    const policy = valueOf(table.resourcePolicy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(table, context), others: context.declared.trustedAccounts });
  },
});

export const dynamodbStream = define({
  id: 'dynamodb-stream',
  title: 'The view type of the stream is the one that the config declares.',
  severity: 'low',
  references: { runbook: ['3.1'] },
  remediation: 'aws dynamodb update-table --stream-specification StreamEnabled=true,StreamViewType=<type>.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  concerns: (table, { declared }) =>
    isNamed(
      table,
      declared.dynamoTables.map(({ name }) => name),
    ),
  *check(table, context) {
    const expected = context.declared.dynamoTables.find((one) => one.name === table.name)?.streamViewType;
    const actual = valueOf(table.streamViewType);
    if (expected !== actual)
      yield `The view type is ${actual ?? 'not set'}; the config declares ${expected ?? 'no stream'}.`;
  },
});
