import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3Lifecycle = defineControl({
  id: 's3-lifecycle',
  title: 'The declared lifecycle rules exist, and incomplete uploads are aborted.',
  severity: 'low',
  references: { pci: ['3.2.1'], soc2: ['C1.2'], runbook: ['4.2'], knownAs: ['SH S3.13', 'CKV_AWS_300'] },
  remediation: 'Add the declared rules and AbortIncompleteMultipartUpload.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const rules = valueOf(bucket.lifecycle).filter((rule) => rule.enabled);
    const ended = rules.filter((rule) => !rule.prefix).map((rule) => rule.abortIncompleteUploadDays ?? Infinity);
    const endedAfter = Math.min(...ended);
    if (endedAfter === Infinity) yield 'Incomplete uploads are not aborted everywhere in the bucket.';
    else if (endedAfter > MAX_ABORT_DAYS)
      yield `Incomplete uploads are aborted after ${endedAfter} days; at most ${MAX_ABORT_DAYS} are allowed.`;
    if (context.declared.buckets.some(({ name, role }) => name === bucket.name && role === 'source')) {
      for (const [prefix, storageClass] of Object.entries(TIERING)) {
        const moves = rules
          .filter((rule) => rule.prefix === prefix)
          .flatMap((rule) => rule.transitions.filter((one) => one.storageClass === storageClass));
        if (moves.length === 0) yield `Objects under ${prefix} do not move to ${storageClass}.`;
      }
    }
  },
});

/** Of the data bucket that the config declares: the runbook's section 4.2. */
const TIERING: Readonly<Record<string, string>> = { 'archive/': 'GLACIER', 'raw/': 'INTELLIGENT_TIERING' };

/** After a month, the parts of an upload are abandoned. */
const MAX_ABORT_DAYS = 30;
