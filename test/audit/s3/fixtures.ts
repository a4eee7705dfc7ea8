import { known } from '../../../src/audit/model/reading.js';
import {
  s3AccessLogging,
  s3AccountPublicAccessBlocked,
  s3AclsOff,
  s3Cmk,
  s3ForeignGrantsLimited,
  s3Lifecycle,
  s3LogsArriving,
  s3ObjectLock,
  s3PublicAccessBlocked,
  s3Replication,
  s3TlsOnly,
  s3Versioning,
} from '../../../src/audit/s3/controls.js';
import { s3WrongKeyDenied } from '../../../src/audit/s3/s3-wrong-key-denied.js';
import { vaultWriterIsWriteOnly } from '../../../src/audit/s3/vault-writer-is-write-only.js';
import {
  ACCOUNT,
  allow,
  BUCKETS,
  GOOD,
  hoursAgo,
  KEY_ARN,
  policyOf,
  ROLE_ARN,
  STRANGER,
  VAULT_POLICY,
} from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const { source, vault, logs } = BUCKETS;
const declared = {
  buckets: [
    { name: 'data', role: 'source' },
    { name: 'vault', role: 'vault' },
    { name: 'logs', role: 'logs' },
  ],
  trustedAccounts: ['444455556666'],
} as const;
const RULE = {
  enabled: true,
  filtered: false,
  destination: 'replica',
  account: ACCOUNT,
  selectsKmsObjects: true,
  replicaKmsKeyId: GOOD.kmsKeys.id,
  deleteMarkers: false,
};
const OTHER_TLS = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' };
const tls = (Condition: unknown) => ({ policy: known(policyOf({ ...OTHER_TLS, Condition })) });
/** The published policy without one of its statements, or with another. */
const vaultPolicy = (without: string, ...more: readonly unknown[]) => ({
  policy: known(
    policyOf(
      ...(JSON.parse(
        JSON.stringify([...VAULT_POLICY.Statement.filter(({ Sid }) => Sid !== without), ...more]),
      ) as unknown[]),
    ),
  ),
});
const toStranger = (more: Readonly<Record<string, unknown>>) => ({
  Sid: 'More',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${STRANGER}:root` },
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::vault/team/*',
  ...more,
});

/** What a vault's policy said of an account with many databases before tags bound its roles. */
const ANY_WRITER = `arn:aws:iam::${STRANGER}:role/rds-pgdump-codebuild-role-prod*`;

const METHOD = 's3:x-amz-server-side-encryption';
const KEY_HEADER = `${METHOD}-aws-kms-key-id`;
const DENY_PUT = {
  Sid: 'Put',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::vault/*',
};
const notKey = (operator: string, ...keys: readonly string[]) => ({
  Null: { [KEY_HEADER]: 'false' },
  [operator]: { [KEY_HEADER]: keys },
});
const otherKey = (key: string) => `A PUT with another key is not denied: ${key}.`;
const ANY_KEY = 'key/00000000-0000-0000-0000-000000000000';
const STRANGERS_KEY = `arn:aws:kms:us-east-1:${STRANGER}:${ANY_KEY}`;

/** A key that gets in, and the condition of a Deny of other keys that lets it. */
const OTHER_KEYS = [
  [STRANGERS_KEY.replace('key/0', 'key/9'), notKey('ArnNotEquals', KEY_ARN, STRANGERS_KEY.replace('key/0', 'key/9'))],
  [`arn:aws:kms:us-east-1:${ACCOUNT}:${ANY_KEY}`, notKey('ArnNotLike', `arn:aws:kms:us-east-1:${ACCOUNT}:key/*`)],
  [KEY_ARN.replace(/.$/, '0'), notKey('StringNotLike', KEY_ARN.replace(/.{4}$/, '*'))],
  [KEY_ARN.replace(ACCOUNT, '444455556666'), notKey('ArnNotLike', KEY_ARN, 'arn:aws:kms:us-east-1:444455556666:key/*')],
  [`arn:aws:kms:us-east-1:${ACCOUNT}:${ANY_KEY}`, { ArnLike: { [KEY_HEADER]: 'arn:aws:kms:*:000000000000:key/*' } }],
  [
    `arn:aws:kms:us-east-1:${ACCOUNT}:${ANY_KEY}`,
    { ...notKey('ArnNotEquals', KEY_ARN), StringNotLike: { 'aws:userid': 'AROAEXAMPLE*' } },
  ],
] as const;

const OVERWRITING = {
  ...DENY_PUT,
  Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
};
/** What leaves a way to overwrite. */
const NO_DENY_OF_OVERWRITING = [
  { Resource: undefined, NotResource: 'arn:aws:s3:::vault/layer2/app/*' },
  { Resource: 'arn:aws:s3:::vault/layer2/*' },
  ...[
    { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/w' } },
    { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
    { StringEquals: { [METHOD]: 'aws:kms' } },
    { Null: { 's3:if-none-match': 'true', [METHOD]: 'true' } },
  ].map((more) => ({ Condition: { ...OVERWRITING.Condition, ...more } })),
];
/** Of the many that a list of what is forbidden forgets. */
const BEYOND_WRITING = [
  's3:DeleteBucket',
  's3:DeleteObjectTagging',
  's3:GetObjectVersionForReplication',
  's3:PutBucketAcl',
  's3:PutBucketOwnershipControls',
  's3:PutBucketPublicAccessBlock',
  's3:PutInventoryConfiguration',
  's3:PutObject*',
  's3:PutReplicationConfiguration',
  's3:ReplicateObject',
  's3:RestoreObject',
];
/** The role that backs up, with one policy. */
const builds = (...statements: readonly unknown[]) => ({
  roles: known([{ ...GOOD.roles, policies: known([{ name: 'one', document: policyOf(...statements) }]) }]),
});

export const S3_FIXTURES: readonly Fixture[] = [
  fixture({
    control: s3PublicAccessBlocked,
    declared,
    reads: ['publicAccessBlock'],
    fails: [
      [
        'blockPublicPolicy is off.',
        {
          publicAccessBlock: known({
            blockPublicAcls: true,
            ignorePublicAcls: true,
            blockPublicPolicy: false,
            restrictPublicBuckets: true,
          }),
        },
      ],
    ],
  }),
  fixture({
    control: s3AccountPublicAccessBlocked,
    reads: ['publicAccessBlock'],
    fails: [
      ['The account does not have all four public access blocks turned on.', { publicAccessBlock: known(false) }],
    ],
  }),
  fixture({
    control: s3TlsOnly,
    reads: ['policy'],
    fails: [
      [
        'The bucket policy does not deny s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject without TLS.',
        { policy: known(undefined) },
      ],
      [
        'The bucket policy does not deny s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject without TLS.',
        tls({ Bool: { 'aws:SecureTransport': 'false' }, StringNotEquals: { 'aws:PrincipalAccount': ACCOUNT } }),
      ],
      ...[
        { ArnNotEquals: { 'aws:PrincipalArn': ROLE_ARN } },
        { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
        { StringNotLike: { 'aws:PrincipalAccount': '9*' } },
      ].map(
        (more) =>
          [
            'The bucket policy does not deny s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject without TLS.',
            tls({ Bool: { 'aws:SecureTransport': 'false' }, ...more }),
          ] as const,
      ),
      [
        'The bucket policy does not deny s3:ListBucket without TLS.',
        {
          policy: known(
            policyOf({
              ...OTHER_TLS,
              Resource: 'arn:aws:s3:::data/*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
          ),
        },
      ],
    ],
  }),
  fixture({
    control: s3Cmk,
    declared,
    reads: ['encryption'],
    fails: [
      ['The default encryption does not use a customer managed key.', { encryption: known(undefined) }],
      [
        'It is not encrypted with a customer managed key.',
        { encryption: known({ algorithm: 'aws:kms' as const, bucketKey: true, blockedTypes: [] }) },
      ],
      ['Logs cannot be delivered to a bucket with aws:kms.', { ...logs, encryption: source.encryption, id: source.id }],
    ],
  }),
  fixture({
    control: s3Versioning,
    reads: ['versioning'],
    fails: [
      ['Versioning is off.', { versioning: known('Off' as const) }],
      ['Versioning is suspended.', { versioning: known('Suspended' as const) }],
    ],
  }),
  fixture({
    control: s3AccessLogging,
    declared,
    reads: ['logging'],
    fails: [
      ['Access is not logged.', { logging: known(undefined) }],
      ['It logs to itself, so each delivery is logged again.', { logging: known({ bucket: 'data', prefix: 'x/' }) }],
      ['Its logs have no prefix.', { logging: known({ bucket: 'logs', prefix: '' }) }],
    ],
  }),
  fixture({
    control: s3LogsArriving,
    declared,
    good: logs,
    reads: ['newestLogs'],
    fails: [
      ['Nothing logs to it.', { newestLogs: known({}) }],
      ['There is no log under the prefix data/.', { newestLogs: known({ 'data/': undefined }) }],
      [
        'The newest log under the prefix data/ is dated 2026-11-21T11:00:00.000Z.',
        { newestLogs: known({ 'data/': hoursAgo(25) }) },
      ],
    ],
  }),
  fixture({
    control: s3Replication,
    declared,
    reads: ['replication'],
    fails: [
      [
        `Objects are replicated to replica of account ${STRANGER}, which the config does not name.`,
        { replication: known([{ ...RULE, account: STRANGER }]) },
      ],
      [
        `Objects are replicated to replica of account ${STRANGER}, which the config does not name.`,
        { ...vault, id: source.id, name: 'another', replication: known([{ ...RULE, account: STRANGER }]) },
      ],
      ['No key is set for replicas in replica.', { replication: known([{ ...RULE, replicaKmsKeyId: '' }]) }],
      ['No rule replicates all objects: each has a filter.', { replication: known([{ ...RULE, filtered: true }]) }],
      ['No replication rule is enabled.', { replication: known([{ ...RULE, enabled: false }]) }],
      [
        'Objects encrypted with a KMS key are not replicated to replica.',
        { replication: known([{ ...RULE, selectsKmsObjects: false }]) },
      ],
      [
        'No key is set for replicas in replica.',
        { replication: known([{ ...RULE, replicaKmsKeyId: undefined as unknown as string }]) },
      ],
    ],
  }),
  fixture({
    control: s3Lifecycle,
    declared,
    good: vault,
    reads: ['lifecycle'],
    fails: [
      ['Incomplete uploads are not aborted everywhere in the bucket.', { lifecycle: known([]) }],
      [
        'Incomplete uploads are not aborted everywhere in the bucket.',
        { lifecycle: known([{ enabled: true, prefix: 'raw/', transitions: [], abortIncompleteUploadDays: 7 }]) },
      ],
      [
        'Incomplete uploads are not aborted everywhere in the bucket.',
        { lifecycle: known([{ enabled: true, filtered: true, transitions: [], abortIncompleteUploadDays: 7 }]) },
      ],
      [
        'Incomplete uploads are not aborted everywhere in the bucket.',
        { lifecycle: known([{ enabled: false, transitions: [], abortIncompleteUploadDays: 7 }]) },
      ],
      [
        'Incomplete uploads are aborted after 9999 days; at most 30 are allowed.',
        { lifecycle: known([{ enabled: true, transitions: [], abortIncompleteUploadDays: 9999 }]) },
      ],
      [
        'Objects under archive/ do not move to GLACIER.',
        { ...source, lifecycle: known('value' in source.lifecycle ? source.lifecycle.value.toSpliced(1, 1) : []) },
      ],
    ],
  }),
  fixture({
    control: s3ObjectLock,
    declared,
    good: vault,
    reads: ['objectLock'],
    fails: [
      ['Object Lock is off.', { objectLock: known(undefined) }],
      ['Object Lock has no default retention.', { objectLock: known({ enabled: true }) }],
    ],
  }),
  fixture({
    control: s3AclsOff,
    reads: ['ownership'],
    fails: [
      ['Object ownership is BucketOwnerPreferred.', { ownership: known('BucketOwnerPreferred') }],
      ['Object ownership is not set, so ACLs are on.', { ownership: known(undefined) }, { onlyOn: 'live' }],
    ],
  }),
  fixture({
    control: s3ForeignGrantsLimited,
    declared,
    good: vault,
    reads: ['policy'],
    fails: [
      [
        `The statement More allows account ${STRANGER}, which the config does not name.`,
        vaultPolicy('', toStranger({})),
      ],
      ['The statement More allows everyone s3:PutObject.', vaultPolicy('', toStranger({ Principal: '*' }))],
    ],
  }),
  fixture({
    control: s3WrongKeyDenied,
    declared,
    good: vault,
    reads: ['encryption', 'policy'],
    fails: [
      ['A PUT with AES256 is not denied.', { policy: known(policyOf(...withoutSid('DenyOtherEncryption'), dsse())) }],
      [otherKey(KEY_ARN.replace(/key.*/, 'key/00000000-0000-0000-0000-000000000000')), vaultPolicy('DenyOtherKey')],
      ...OTHER_KEYS.map(
        ([key, Condition]) => [otherKey(key), vaultPolicy('DenyOtherKey', { ...DENY_PUT, Condition })] as const,
      ),
      [
        "A PUT with the bucket's own key is denied by the statement Pinned.",
        vaultPolicy('', {
          ...DENY_PUT,
          Sid: 'Pinned',
          Condition: { ArnEquals: { [KEY_HEADER]: KEY_ARN } },
        }),
      ],
      [
        'A PUT with AES256 is not denied.',
        vaultPolicy(
          'DenyOtherEncryption',
          {
            ...DENY_PUT,
            Condition: {
              Null: { [METHOD]: 'false' },
              StringNotEquals: { [METHOD]: 'aws:kms' },
              Bool: { 's3:ObjectCreationOperation': 'true' },
            },
          },
          dsse(),
        ),
      ],
      [
        'A PUT with aws:kms and no key is not denied.',
        vaultPolicy('DenyKmsWithoutKey', narrowed('DenyKmsWithoutKey', 'StringEquals', '444455556666')),
      ],
      [
        'A PUT with aws:kms and no key is not denied.',
        vaultPolicy('DenyKmsWithoutKey', narrowed('DenyKmsWithoutKey', 'StringNotEquals', ACCOUNT)),
      ],
      ['A PUT with aws:kms and no key is not denied.', vaultPolicy('DenyKmsWithoutKey')],
      [
        'A PUT with SSE-C is not denied.',
        {
          ...vaultPolicy('DenyCustomerKeys'),
          encryption: known({
            algorithm: 'aws:kms' as const,
            kmsKeyId: GOOD.kmsKeys.id,
            bucketKey: false,
            blockedTypes: [],
          }),
        },
      ],
      [
        'Without a header, an object is not encrypted with a customer managed key.',
        { encryption: known({ algorithm: 'AES256' as const, bucketKey: false, blockedTypes: ['SSE-C'] }) },
      ],
    ],
  }),
  fixture({
    control: vaultWriterIsWriteOnly,
    declared,
    good: vault,
    reads: ['policy'],
    fails: [
      [
        'The statement More of the bucket policy allows other accounts s3:GetObject.',
        vaultPolicy('', toStranger({ Action: ['s3:PutObject', 's3:GetObject'] })),
      ],
      [
        'The statement More of the bucket policy is not limited to a prefix.',
        vaultPolicy('', toStranger({ Resource: 'arn:aws:s3:::vault/*' })),
      ],
      [
        'The statement More of the bucket policy is not limited to a prefix.',
        vaultPolicy('', toStranger({ Resource: 'arn:aws:s3:::vault/${aws:PrincipalTag/holdfast:database}/*' })),
      ],
      [
        `The statement More of the bucket policy lets every role that matches ${ANY_WRITER} write there: nothing binds a role to the prefix of its database.`,
        vaultPolicy('', toStranger({ Condition: { ArnLike: { 'aws:PrincipalArn': ANY_WRITER } } })),
      ],
      ['Nothing denies overwriting: a PUT without If-None-Match is allowed.', vaultPolicy('DenyOverwriting')],
      ...NO_DENY_OF_OVERWRITING.map(
        (more) =>
          [
            'Nothing denies overwriting: a PUT without If-None-Match is allowed.',
            vaultPolicy('DenyOverwriting', { ...OVERWRITING, ...more }),
          ] as const,
      ),
      ...BEYOND_WRITING.map(
        (action) =>
          [
            `The statement More of the bucket policy allows other accounts ${action}.`,
            vaultPolicy('DenyOtherAccountsAllElse', toStranger({ Action: ['s3:PutObject', action] })),
          ] as const,
      ),
      [
        'The statement More of the bucket policy allows other accounts s3:*.',
        vaultPolicy('', toStranger({ Principal: { CanonicalUser: '79a5' }, Action: 's3:*' })),
      ],
      [
        'The statement More of the bucket policy allows other accounts everything except s3:PutObject.',
        vaultPolicy('', toStranger({ Action: undefined, NotAction: 's3:PutObject' })),
      ],
      [
        'The statement More of the bucket policy allows other accounts s3:GetObject.',
        vaultPolicy('', toStranger({ Principal: { AWS: ROLE_ARN }, Action: 's3:GetObject' })),
      ],
      [
        'The statement More of the bucket policy allows other accounts s3:GetObject.',
        vaultPolicy(
          '',
          toStranger({
            Principal: { AWS: ACCOUNT },
            Action: 's3:GetObject',
            Condition: { ArnLike: { 'aws:PrincipalArn': '*:role/bui*' } },
          }),
        ),
      ],
      ...['vault/*/dumps/*', '*'].map(
        (Resource) =>
          [
            'The statement More of the bucket policy is not limited to a prefix.',
            vaultPolicy('', toStranger({ Resource: `arn:aws:s3:::${Resource}` })),
          ] as const,
      ),
      ...(
        [
          ['s3:GetObject, s3:DeleteObject, s3:PutObjectRetention', 'vault/layer2/app/*'],
          ['s3:GetObject', 'vault/backups/*'],
          ['s3:*', 'v*'],
          ['*', '*'],
          ['s3:P*', 'vault/layer2/app/*'],
        ] as const
      ).map(
        ([actions, objects]) =>
          [
            `The policy one of build allows ${actions} in the vault.`,
            {},
            { facts: builds(allow(actions.split(', '), { Resource: `arn:aws:s3:::${objects}` })) },
          ] as const,
      ),
      [
        'The policy one of build allows s3:ListBucket in the vault.',
        {},
        {
          facts: builds(allow('s3:ListBucket', { Resource: 'arn:aws:s3:::vault' })),
        },
      ],
    ],
  }),
];

/** A statement of the published policy, for requests of some accounts only. */
function narrowed(sid: string, operator: 'StringEquals' | 'StringNotEquals', account: string) {
  const { Condition, ...statement } = VAULT_POLICY.Statement.find(({ Sid }) => Sid === sid) ?? {};
  const ofOperator = (Condition as Record<string, object> | undefined)?.[operator];
  return {
    ...statement,
    Sid: 'Narrowed',
    Condition: { ...Condition, [operator]: { ...ofOperator, 'aws:PrincipalAccount': account } },
  };
}

function withoutSid(sid: string) {
  return VAULT_POLICY.Statement.filter(({ Sid }) => Sid !== sid);
}

/** Denies one of the two that DenyOtherEncryption does. */
function dsse() {
  return {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::vault/*',
    Condition: { StringEquals: { 's3:x-amz-server-side-encryption': 'aws:kms:dsse' } },
  };
}
