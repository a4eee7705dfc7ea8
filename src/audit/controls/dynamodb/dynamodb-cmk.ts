import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const dynamodbCmk = defineControl({
  id: 'dynamodb-cmk',
  title: 'Tables are encrypted with the expected key.',
  severity: 'medium',
  references: { pci: ['3.5.1'], runbook: ['3.1'], knownAs: ['CKV_AWS_119'] },
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
