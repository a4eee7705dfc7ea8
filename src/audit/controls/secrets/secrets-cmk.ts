import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const secretsCmk = defineControl({
  id: 'secrets-cmk',
  title: 'Secrets are encrypted with the expected key.',
  severity: 'medium',
  references: { pci: ['3.6.1'], runbook: ['1.2'], knownAs: ['CKV_AWS_149'] },
  remediation: 'aws secretsmanager update-secret --kms-key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  *check(secret, context) {
    yield* keyProblems(valueOf(secret.kmsKeyId), context, 'dataLayer');
  },
});
