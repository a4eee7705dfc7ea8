import { bucketRole } from '../../bucket-roles.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3LogsArriving = defineControl({
  id: 's3-logs-arriving',
  title: 'Each log prefix has logs from the last 24 hours.',
  severity: 'medium',
  references: { pci: ['10.2.1'], soc2: ['CC7.2'], runbook: ['4.1', '7.2.3'] },
  remediation:
    "Check the log bucket's policy: it must allow logging.s3.amazonaws.com to put objects, and no Deny may block that.",
  evaluatedOn: ['live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'logs',
  *check(bucket, context) {
    const newestLogs = Object.entries(valueOf(bucket.newestLogs));
    if (newestLogs.length === 0) yield 'Nothing logs to it.';
    for (const [name, newest] of newestLogs) {
      const prefix = name === '' ? 'no prefix' : `the prefix ${name}`;
      if (newest === undefined) yield `There is no log under ${prefix}.`;
      else if (context.facts.readAt.getTime() - newest.getTime() > DAY_MS)
        yield `The newest log under ${prefix} is dated ${newest.toISOString()}.`;
    }
  },
});

const DAY_MS = 86_400_000;
