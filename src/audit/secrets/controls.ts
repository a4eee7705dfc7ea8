/** What is required of secrets. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { valueOf } from '../model/reading.js';
import { foreignAccess } from '../policies/foreign-access.js';
import { secretsRotation } from './secrets-rotation.js';

const { controls, define } = controlList();
export { controls };

export const secretsExist = define({
  id: 'secrets-exist',
  title: 'The declared secrets exist and have a current value.',
  severity: 'high',
  references: { runbook: ['1.2', '7.2.2'] },
  remediation: 'Deploy the data layer and set the value: holdfast secret set <name>.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  expects: (declared) => declared.secrets,
  *check(secret, context) {
    // A template has no values.
    if (context.facts.source === 'live' && !valueOf(secret.hasCurrentValue)) yield 'It has no current value.';
  },
});

export const secretsCmk = define({
  id: 'secrets-cmk',
  title: 'Secrets are encrypted with the expected key.',
  severity: 'medium',
  references: {
    pci: ['3.6.1'],
    nist: ['SC-12', 'SC-28(1)'],
    iso: ['A.8.24'],
    runbook: ['1.2'],
    knownAs: ['CKV_AWS_149'],
  },
  remediation: 'aws secretsmanager update-secret --kms-key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  *check(secret, context) {
    yield* keyProblems(valueOf(secret.kmsKeyId), context, 'dataLayer');
  },
});

define(secretsRotation);

export const secretsPolicy = define({
  id: 'secrets-policy',
  title: 'No resource policy of a secret grants access to another account.',
  severity: 'high',
  references: { pci: ['7.2.1'], nist: ['AC-3', 'AC-6'], iso: ['A.8.3'], runbook: ['1.2'] },
  remediation: 'Remove the principals of other accounts from the resource policy.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  *check(secret, context) {
    const policy = valueOf(secret.policy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(secret, context), others: context.declared.trustedAccounts });
  },
});
