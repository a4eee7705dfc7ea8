import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3Lifecycle = defineControl({
  id: 's3-lifecycle',
  title: 'Lifecycle rules are there, and incomplete uploads are ended.',
  severity: 'low',
  references: { pci: ['3.2.1'], soc2: ['C1.2'], runbook: ['4.2'], knownAs: ['SH S3.13', 'CKV_AWS_300'] },
  remediation: 'Add the declared rules, and AbortIncompleteMultipartUpload.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const rules = valueOf(bucket.lifecycle).filter((rule) => rule.enabled);
    if (!rules.some((rule) => rule.abortIncompleteUploadDays !== undefined && !rule.prefix))
      yield 'Incomplete uploads are not ended everywhere in the bucket.';
    if (context.declared.buckets.some(({ name, role }) => name === bucket.name && role === 'source')) {
      for (const [prefix, storageClass] of Object.entries(TIERING)) {
        const there = rules.some(
          (rule) => rule.prefix === prefix && rule.transitions.some((one) => one.storageClass === storageClass),
        );
        if (!there) yield `Objects under ${prefix} do not move to ${storageClass}.`;
      }
    }
  },
});

/** Of the data bucket that the config declares: the runbook's section 4.2. */
const TIERING: Readonly<Record<string, string>> = { 'archive/': 'GLACIER', 'raw/': 'INTELLIGENT_TIERING' };
