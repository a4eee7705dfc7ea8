/** Keys of the account. AWS's own are known by their aliases alone: their settings are up to AWS. */
import {
  type AliasListEntry,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { groupBy } from '../live/group-by.js';
import { policyReading } from '../live/policies.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import type { KmsKeyFact } from './facts.js';
import { isReferredTo } from './key-references.js';

/**
 * @param references keys that something is encrypted with: they are read whatever is declared, since otherwise it would
 *   not be known whether they are the declared ones
 */
export async function readKmsKeys(
  aws: AwsReader,
  references: ReadonlySet<string>,
): Promise<Reading<readonly KmsKeyFact[]>> {
  const [keys, aliases] = await Promise.all([listKeys(aws), listAliases(aws)]);
  if ('unknown' in keys) return keys;
  // Without the aliases it is not known which keys are declared and which are AWS managed.
  if ('unknown' in aliases) return aliases;
  const named = groupBy(aliases.value, (alias) => alias.TargetKeyId ?? '');
  const facts = await mapBounded(keys.value, aws.resourcesAtOnce, async ({ KeyId = '', KeyArn = '' }) => {
    const names = (named.get(KeyId) ?? []).map(({ AliasName = '' }) => AliasName).sort();
    if (names.some((name) => name.startsWith('alias/aws/'))) return ownKeyOfAws(KeyArn, names);
    const { scope, declared } = aws.options;
    const concerned =
      scope === 'account' ||
      names.some((name) => declared.keyAliases.includes(name)) ||
      isReferredTo(references, KeyArn, names);
    return concerned ? readKey(aws, KeyId, KeyArn, names) : undefined;
  });
  return known(facts.filter((fact) => fact !== undefined));
}

function ownKeyOfAws(arn: string, aliases: readonly string[]): KmsKeyFact {
  const notRead = unknown('It is an AWS managed key, which is not read.');
  return {
    id: arn,
    name: aliases[0] ?? arn,
    tags: known({}),
    optOuts: [],
    keyArn: known(arn),
    aliases: known(aliases),
    customerManaged: known(false),
    state: notRead,
    rotationEnabled: notRead,
    rotationPeriod: notRead,
    grants: notRead,
    keySpec: notRead,
    origin: notRead,
    policy: notRead,
  };
}

async function readKey(aws: AwsReader, KeyId: string, arn: string, aliases: readonly string[]): Promise<KmsKeyFact> {
  const about = (...attributes: (keyof KmsKeyFact)[]) => ({ kind: 'kmsKeys', resource: arn, attributes }) as const;
  const [described, rotation, policy, tags, grants] = await Promise.all([
    aws.read(
      {
        action: 'kms:DescribeKey',
        subject: about('customerManaged', 'state', 'keySpec', 'origin'),
        command: new DescribeKeyCommand({ KeyId }),
        send: (command, options) => aws.clients.kms.send(command, options),
      },
      ({ KeyMetadata }) => ({
        customerManaged: KeyMetadata?.KeyManager !== 'AWS',
        state: (KeyMetadata?.KeyState ?? 'Unavailable') as StateOf,
        keySpec: KeyMetadata?.KeySpec ?? 'SYMMETRIC_DEFAULT',
        origin: KeyMetadata?.Origin ?? 'AWS_KMS',
      }),
    ),
    aws.read(
      {
        action: 'kms:GetKeyRotationStatus',
        subject: about('rotationEnabled', 'rotationPeriod'),
        command: new GetKeyRotationStatusCommand({ KeyId }),
        send: (command, options) => aws.clients.kms.send(command, options),
        // Asymmetric and HMAC keys have no such setting.
        absent: ['UnsupportedOperationException'],
      },
      ({ KeyRotationEnabled, RotationPeriodInDays }): Rotation => ({
        enabled: KeyRotationEnabled === true,
        period: RotationPeriodInDays,
      }),
      { value: { enabled: false, period: undefined } },
    ),
    aws.read(
      {
        action: 'kms:GetKeyPolicy',
        subject: about('policy'),
        command: new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }),
        send: (command, options) => aws.clients.kms.send(command, options),
      },
      ({ Policy = '' }) => Policy,
    ),
    aws.list({
      action: 'kms:ListResourceTags',
      subject: about('tags'),
      page: (Marker) => new ListResourceTagsCommand({ KeyId, Marker }),
      send: (command, options) => aws.clients.kms.send(command, options),
      next: ({ NextMarker }) => NextMarker,
      items: ({ Tags }) => Tags?.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })),
    }),
    aws.list({
      action: 'kms:ListGrants',
      subject: about('grants'),
      page: (Marker) => new ListGrantsCommand({ KeyId, Marker }),
      send: (command, options) => aws.clients.kms.send(command, options),
      next: ({ NextMarker }) => NextMarker,
      items: ({ Grants }) => Grants,
    }),
  ]);
  return {
    id: arn,
    name: aliases[0] ?? KeyId,
    tags: mapReading(tags, tagsOf),
    optOuts: [],
    keyArn: known(arn),
    aliases: known(aliases),
    customerManaged: mapReading(described, (key) => key.customerManaged),
    state: mapReading(described, (key) => key.state),
    rotationEnabled: mapReading(rotation, ({ enabled }) => enabled),
    rotationPeriod: mapReading(rotation, ({ period }) => period),
    grants: mapReading(grants, (all) =>
      all.map(({ GrantId = '', GranteePrincipal = '', Operations = [], RetiringPrincipal }) => ({
        id: GrantId,
        grantee: GranteePrincipal,
        operations: Operations,
        ...(RetiringPrincipal !== undefined && { retiring: RetiringPrincipal }),
      })),
    ),
    keySpec: mapReading(described, (key) => key.keySpec),
    origin: mapReading(described, (key) => key.origin),
    policy: 'unknown' in policy ? policy : policyReading(policy.value, arn),
  };
}

interface Rotation {
  readonly enabled: boolean;
  readonly period: number | undefined;
}

type StateOf = KmsKeyFact['state'] extends Reading<infer State> ? State : never;

function listKeys(aws: AwsReader) {
  return aws.list({
    action: 'kms:ListKeys',
    subject: { kind: 'kmsKeys', attributes: ['keyArn'] },
    page: (Marker) => new ListKeysCommand({ Marker }),
    send: (command, options) => aws.clients.kms.send(command, options),
    next: ({ NextMarker }) => NextMarker,
    items: ({ Keys }) => Keys,
  });
}

function listAliases(aws: AwsReader): Promise<Reading<readonly AliasListEntry[]>> {
  return aws.list({
    action: 'kms:ListAliases',
    subject: { kind: 'kmsKeys', attributes: ['aliases'] },
    page: (Marker) => new ListAliasesCommand({ Marker }),
    send: (command, options) => aws.clients.kms.send(command, options),
    next: ({ NextMarker }) => NextMarker,
    items: ({ Aliases }) => Aliases,
  });
}
