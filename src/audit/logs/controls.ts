/** What is required of groups of logs. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { valueOf } from '../model/reading.js';

const { controls, define } = controlList();
export { controls };

export const logsRetention = define({
  id: 'logs-retention',
  title: 'Groups of logs are kept for a year at least, and not for ever.',
  severity: 'low',
  references: {
    pci: ['10.5.1'],
    soc2: ['CC7.2', 'C1.2'],
    nist: ['AU-11'],
    iso: ['A.8.10', 'A.8.15'],
    knownAs: ['SH CloudWatch.16', 'CKV_AWS_338'],
  },
  remediation: 'aws logs put-retention-policy --retention-in-days 400.',
  evaluatedOn: ['template', 'live'],
  kind: 'logGroups',
  *check(group) {
    const days = valueOf(group.retentionDays);
    if (days === undefined) yield 'Its logs are kept for ever.';
    else if (days < YEAR) yield `Its logs are kept for ${days} days; at least ${YEAR} are required.`;
  },
});

const YEAR = 365;

export const logsCmk = define({
  id: 'logs-cmk',
  title: 'Groups of logs are encrypted with a customer managed key.',
  severity: 'medium',
  references: {
    pci: ['3.5.1'],
    soc2: ['CC6.1'],
    nist: ['AU-9(3)', 'SC-28(1)'],
    iso: ['A.8.24'],
    knownAs: ['CKV_AWS_158', 'P cloudwatch_log_group_kms_encryption_enabled'],
  },
  remediation: 'aws logs associate-kms-key.',
  evaluatedOn: ['template', 'live'],
  kind: 'logGroups',
  *check(group, context) {
    yield* keyProblems(valueOf(group.kmsKeyId), context);
  },
});
