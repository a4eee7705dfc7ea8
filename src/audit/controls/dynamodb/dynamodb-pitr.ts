import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const dynamodbPitr = defineControl({
  id: 'dynamodb-pitr',
  title: 'Point-in-time recovery is on and covers 35 days.',
  severity: 'medium',
  references: {
    pci: ['10.3.3'],
    soc2: ['A1.2'],
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
