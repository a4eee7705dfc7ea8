/** What is required of buckets. */
import { keyProblems } from '../kms/facts.js';
import { type ControlContext, controlList } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { UnknownReading, valueOf } from '../model/reading.js';
import { refusedBy } from '../policies/deny-evaluation.js';
import { foreignAccess } from '../policies/foreign-access.js';
import { bucketArn, type BucketFact, bucketRole } from './facts.js';
import { s3WrongKeyDenied } from './s3-wrong-key-denied.js';
import { vaultWriterIsWriteOnly } from './vault-writer-is-write-only.js';
import { DAY_MS } from '../../core/times.js';

const { controls, define } = controlList();
export { controls };

export const s3PublicAccessBlocked = define({
  id: 's3-public-access-blocked',
  title: 'All four public access blocks are on.',
  severity: 'high',
  references: {
    pci: ['1.4.4'],
    soc2: ['CC6.6'],
    nist: ['AC-3', 'AC-6', 'SC-7'],
    cis: ['2.1.4'],
    iso: ['A.8.3'],
    runbook: ['4.1'],
    knownAs: ['SH S3.8', 'CKV_AWS_53–56'],
  },
  remediation: 'aws s3api put-public-access-block, with all four settings true.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  expects: (declared) => declared.buckets.map((bucket) => bucket.name),
  *check(bucket) {
    for (const [setting, on] of Object.entries(valueOf(bucket.publicAccessBlock))) {
      if (!on) yield `${setting} is off.`;
    }
  },
});

export const s3AccountPublicAccessBlocked = define({
  id: 's3-account-public-access-blocked',
  title: 'Public access is blocked for the account.',
  severity: 'medium',
  references: {
    pci: ['1.4.4'],
    nist: ['AC-3', 'AC-6', 'SC-7'],
    cis: ['2.1.4'],
    iso: ['A.8.3'],
    runbook: ['4.1'],
    knownAs: ['SH S3.1'],
  },
  remediation: 'aws s3control put-public-access-block --account-id <account>, with all four settings true.',
  evaluatedOn: ['live'],
  kind: 'accounts',
  *check(account) {
    if (!valueOf(account.publicAccessBlock)) yield 'The account does not have all four public access blocks turned on.';
  },
});

export const s3TlsOnly = define({
  id: 's3-tls-only',
  title: 'Requests without TLS are denied.',
  severity: 'medium',
  references: {
    pci: ['4.2.1'],
    soc2: ['CC6.7'],
    nist: ['SC-8', 'SC-8(1)'],
    cis: ['2.1.1'],
    iso: ['A.8.24'],
    runbook: ['4.1'],
    knownAs: ['SH S3.5', 'CKV_AWS_379', 'N S10'],
  },
  remediation: 'Add a Deny for everyone on the bucket and its objects where aws:SecureTransport is false.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const policy = valueOf(bucket.policy);
    const passing = REQUESTS.filter(({ action, objects }) => {
      const request = { action, resource: bucketArn(bucket) + objects, context: WITHOUT_TLS };
      return refusedBy(policy, request) === undefined;
    });
    const actions = passing.map(({ action }) => action);
    if (actions.length > 0) yield `The bucket policy does not deny ${actions.join(', ')} without TLS.`;
  },
});

/** Who asks, and from where, stays open: a Deny that is narrowed to some lets the others through. */
const WITHOUT_TLS = { 'aws:securetransport': 'false', 's3:tlsversion': undefined };

const REQUESTS = [
  { action: 's3:ListBucket', objects: '' },
  { action: 's3:GetObject', objects: '/*' },
  { action: 's3:PutObject', objects: '/*' },
  { action: 's3:DeleteObject', objects: '/*' },
] as const;

export const s3Cmk = define({
  id: 's3-cmk',
  title: 'Buckets are encrypted with the expected key (log buckets with SSE-S3, which log delivery requires).',
  severity: 'medium',
  references: {
    pci: ['3.5.1'],
    nist: ['SC-13', 'SC-28(1)'],
    iso: ['A.8.24'],
    runbook: ['4.1'],
    knownAs: ['SH S3.17', 'CKV_AWS_145'],
  },
  remediation: 'Set the default encryption to aws:kms with the key (AES256 for a log bucket).',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const encryption = valueOf(bucket.encryption);
    const role = bucketRole(bucket, context);
    if (role === 'logs') {
      if (encryption?.algorithm !== 'AES256')
        yield `Logs cannot be delivered to a bucket with ${encryption?.algorithm ?? 'no default encryption'}.`;
    } else if (encryption === undefined || encryption.algorithm === 'AES256') {
      yield 'The default encryption does not use a customer managed key.';
    } else {
      yield* keyProblems(encryption.kmsKeyId, context, role === 'vault' ? 'vault' : 'dataLayer');
    }
  },
});

export const s3Versioning = define({
  id: 's3-versioning',
  title: 'Versioning is on.',
  severity: 'low',
  references: { soc2: ['A1.2'], nist: ['CP-9', 'CP-10'], iso: ['A.8.13'], runbook: ['4.2'], knownAs: ['SH S3.14'] },
  remediation: 'aws s3api put-bucket-versioning --versioning-configuration Status=Enabled.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const status = valueOf(bucket.versioning);
    if (status !== 'Enabled') yield `Versioning is ${status.toLowerCase()}.`;
  },
});

export const s3AccessLogging = define({
  id: 's3-access-logging',
  title: 'Access is logged to another bucket, under a prefix.',
  severity: 'medium',
  references: {
    pci: ['10.2.1'],
    soc2: ['CC7.2'],
    nist: ['AU-2', 'AU-12'],
    iso: ['A.8.15'],
    runbook: ['4.1', '7.1 S3 Logging', '7.2.3'],
    knownAs: ['SH S3.9', 'CKV_AWS_18'],
  },
  remediation: 'aws s3api put-bucket-logging, with a target bucket and a prefix.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) !== 'logs',
  *check(bucket) {
    const logging = valueOf(bucket.logging);
    if (!logging) yield 'Access is not logged.';
    else if (logging.bucket === bucket.name) yield 'It logs to itself, so each delivery is logged again.';
    else if (logging.prefix === '') yield 'Its logs have no prefix.';
  },
});

export const s3LogsArriving = define({
  id: 's3-logs-arriving',
  title: 'Each log prefix has logs from the last 24 hours.',
  severity: 'medium',
  references: { pci: ['10.2.1'], soc2: ['CC7.2'], nist: ['AU-5', 'AU-12'], iso: ['A.8.15'], runbook: ['4.1', '7.2.3'] },
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

export const s3Replication = define({
  id: 's3-replication',
  title: 'The data bucket is replicated, including its encrypted objects, and no bucket to an unknown account.',
  severity: 'medium',
  references: {
    soc2: ['A1.2'],
    nist: ['CP-6', 'CP-9'],
    iso: ['A.8.14'],
    runbook: ['4.2'],
    knownAs: ['SH S3.7 in part'],
  },
  remediation: "Enable a rule with SseKmsEncryptedObjects selected and a ReplicaKmsKeyID in the destination's Region.",
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'source' || valueOf(bucket.replication).length > 0,
  *check(bucket, context) {
    const rules = valueOf(bucket.replication).filter((rule) => rule.enabled);
    if (bucketRole(bucket, context) === 'source') {
      if (rules.length === 0) yield 'No replication rule is enabled.';
      else if (rules.every((rule) => rule.filtered)) yield 'No rule replicates all objects: each has a filter.';
    }
    for (const { account, destination } of rules) {
      if (account !== undefined && !isTrusted(account, bucket, context))
        yield `Objects are replicated to ${destination} of account ${account}, which the config does not name.`;
    }
    for (const rule of rules) {
      if (!rule.selectsKmsObjects) yield `Objects encrypted with a KMS key are not replicated to ${rule.destination}.`;
      else if (!rule.replicaKmsKeyId) yield `No key is set for replicas in ${rule.destination}.`;
    }
    for (const { account, destination } of rules) if (account === undefined) requireOwn(destination, context);
  },
});

function isTrusted(account: string, bucket: BucketFact, context: ControlContext): boolean {
  return account === ownAccount(bucket, context) || context.declared.trustedAccounts.includes(account);
}

/** @throws UnknownReading where a bucket is neither among those read nor declared: it may be anybody's */
function requireOwn(name: string, { facts, declared }: ControlContext): void {
  const isKnown =
    valueOf(facts.buckets).some((one) => one.name === name) || declared.buckets.some((one) => one.name === name);
  if (!isKnown)
    throw new UnknownReading({ reason: `Whose bucket ${name} is, to which objects are replicated, is not known.` });
}

export const s3Lifecycle = define({
  id: 's3-lifecycle',
  title: 'The declared lifecycle rules exist, and incomplete uploads are aborted.',
  severity: 'low',
  references: {
    pci: ['3.2.1'],
    soc2: ['C1.2'],
    nist: ['SI-12'],
    iso: ['A.8.10'],
    runbook: ['4.2'],
    knownAs: ['SH S3.13', 'CKV_AWS_300'],
  },
  remediation: 'Add the declared rules and AbortIncompleteMultipartUpload.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const rules = valueOf(bucket.lifecycle).filter((rule) => rule.enabled);
    const ended = rules
      .filter((rule) => !rule.prefix && !rule.filtered)
      .map((rule) => rule.abortIncompleteUploadDays ?? Infinity);
    const endedAfter = Math.min(...ended);
    if (endedAfter === Infinity) yield 'Incomplete uploads are not aborted everywhere in the bucket.';
    else if (endedAfter > MAX_ABORT_DAYS)
      yield `Incomplete uploads are aborted after ${endedAfter} days; at most ${MAX_ABORT_DAYS} are allowed.`;
    if (context.declared.buckets.some(({ name, role }) => name === bucket.name && role === 'source')) {
      for (const [prefix, storageClass] of Object.entries(TIERING)) {
        const moves = rules
          .filter((rule) => rule.prefix === prefix && !rule.filtered)
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

export const s3ObjectLock = define({
  id: 's3-object-lock',
  title: 'The vault locks its objects by default.',
  severity: 'medium',
  references: { pci: ['10.5.1'], soc2: ['C1.1'], nist: ['CP-9'], iso: ['A.5.33', 'A.8.13'], knownAs: ['SH S3.15'] },
  remediation: 'Turn on Object Lock with a default retention; any versioned bucket can have it.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  concerns: (bucket, context) => bucketRole(bucket, context) === 'vault',
  *check(bucket) {
    const lock = valueOf(bucket.objectLock);
    if (!lock?.enabled) yield 'Object Lock is off.';
    else if (lock.mode === undefined || !lock.days) yield 'Object Lock has no default retention.';
  },
});

export const s3AclsOff = define({
  id: 's3-acls-off',
  title: 'ACLs are off.',
  severity: 'medium',
  references: { pci: ['7.2.1'], nist: ['AC-3', 'AC-6'], iso: ['A.8.3'], runbook: ['4.1'], knownAs: ['SH S3.12'] },
  remediation: 'Set the object ownership to BucketOwnerEnforced.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const ownership = valueOf(bucket.ownership);
    // A new bucket gets it by default; a bucket from before April 2023 without the setting has ACLs.
    if (ownership === undefined && context.facts.source === 'live')
      yield 'Object ownership is not set, so ACLs are on.';
    else if (ownership !== undefined && ownership !== 'BucketOwnerEnforced') yield `Object ownership is ${ownership}.`;
  },
});

export const s3ForeignGrantsLimited = define({
  id: 's3-foreign-grants-limited',
  title: 'Other accounts have only the access that the config declares.',
  severity: 'high',
  references: { pci: ['7.2.1'], nist: ['AC-3', 'AC-6'], iso: ['A.8.3'], runbook: ['4.1'], knownAs: ['SH S3.6'] },
  remediation: 'Remove the statement or name the account in the config.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(bucket, context), others: context.declared.trustedAccounts });
  },
});

define(s3WrongKeyDenied);

define(vaultWriterIsWriteOnly);
