import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const dynamodbDeletionProtection = defineControl({
  id: 'dynamodb-deletion-protection',
  title: 'Tables are protected from deletion.',
  severity: 'medium',
  references: { soc2: ['C1.1'], runbook: ['3.1'] },
  remediation: 'aws dynamodb update-table --deletion-protection-enabled.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  *check(table) {
    if (!valueOf(table.deletionProtection)) yield 'Deletion protection is off.';
  },
});
