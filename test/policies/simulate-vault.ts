/** Asks the simulator what the synthesized policies of role, bucket and key decide together. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { BACKUP_ACCOUNT, BUCKET, OTHER_ACCOUNT, REGION, SOURCE_ACCOUNT } from '../constructs/backup/backup-app.js';
import type { TemplatePolicies } from './template-policies.js';
import type { Principal, Request, VaultCase } from './vault-cases.js';

export const KEY_ARN = `arn:aws:kms:${REGION}:${BACKUP_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const ANOTHER_KEY_ARN = `arn:aws:kms:${REGION}:${SOURCE_ACCOUNT}:key/9876fedc-98fe-76dc-54ba-9876543210fe`;

export interface Policies {
  readonly source: TemplatePolicies;
  readonly backup: TemplatePolicies;
}

/** What is allowed, and what the simulator did not look at of the request. */
export interface Decision {
  readonly allowed: boolean;
  readonly ignored: readonly string[];
}

/** The decision on the action itself. */
export function decide(policies: Policies, one: VaultCase): Promise<Decision> {
  return simulateRequest(requestOf(policies, one));
}

export function requestOf(policies: Policies, { who, action, object, request = {} }: VaultCase): SimulatedRequest {
  return action.startsWith('kms:')
    ? asked(policies, who, action, KEY_ARN, kmsContext(who, request, object))
    : asked(
        policies,
        who,
        action,
        object === undefined ? bucketArn() : bucketArn(object),
        s3Context(who, action, request),
      );
}

/** The decisions on what S3 does with the key on behalf of the caller, so that the request succeeds. */
export async function decideOnKey(
  policies: Policies,
  { who, action, object, request }: VaultCase,
): Promise<Decision[]> {
  const actions: Readonly<Partial<Record<string, readonly string[]>>> = {
    's3:PutObject': request?.makesObject === false ? ['kms:GenerateDataKey', 'kms:Decrypt'] : ['kms:GenerateDataKey'],
    's3:GetObject': ['kms:Decrypt'],
  };
  return Promise.all(
    (actions[action] ?? []).map((needed) =>
      simulateRequest(asked(policies, who, needed, KEY_ARN, kmsContext(who, {}, object))),
    ),
  );
}

function asked(
  policies: Policies,
  who: Principal,
  action: string,
  resource: string,
  context: Record<string, string>,
): SimulatedRequest {
  return {
    principal: PRINCIPALS[who].arn,
    identity: PRINCIPALS[who].policies(policies),
    action,
    resource,
    resourcePolicy: action.startsWith('kms:') ? policies.backup.key() : policies.backup.bucket(),
    context,
  };
}

export interface SimulatedRequest {
  /** ARN. */
  readonly principal: string;
  /** Policies of the principal. */
  readonly identity: readonly { readonly name: string; readonly policy: unknown }[];
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** That of the resource. @default the backup account */
  readonly account?: string;
  /** @default none */
  readonly resourcePolicy?: unknown;
  readonly context: Readonly<Record<string, string>>;
}

export async function simulateRequest(request: SimulatedRequest): Promise<Decision> {
  const { principal, identity, action, resource, account = BACKUP_ACCOUNT, resourcePolicy, context } = request;
  const result = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: account },
        contextVariables: known(context),
      },
      identityPolicies: known([...identity]),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy: known(resourcePolicy) }),
    },
    {},
  );
  if (result.resultType !== 'single') throw new Error(`The simulation failed: ${JSON.stringify(result)}`);
  return { allowed: result.overallResult === 'Allowed', ignored: result.result.ignoredContextKeys ?? [] };
}

/** The simulator knows keys of encryption contexts by their pattern only: policies and requests are given that. */
function known<T>(document: T): T {
  const text = JSON.stringify(document).replaceAll(CONTEXT_KEY, 'kms:EncryptionContext:${EncryptionContextKey}');
  return JSON.parse(text) as T;
}

export const CONTEXT_KEY = 'kms:EncryptionContext:aws:s3:arn';

const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
/** Whatever an account's own administrators can give. */
export const EVERYTHING = [
  { name: 'everything', policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } },
];

const PRINCIPALS: Readonly<
  Record<Principal, { arn: string; policies: (of: Policies) => { name: string; policy: unknown }[] }>
> = {
  writer: {
    arn: role(SOURCE_ACCOUNT, 'rds-pgdump-codebuild-role-prod-appdb'),
    policies: ({ source }) => source.identity('rds-pgdump-codebuild-role-prod-appdb'),
  },
  'other account': { arn: role(OTHER_ACCOUNT, 'rds-pgdump-codebuild-role-prod-crm'), policies: () => EVERYTHING },
  stranger: { arn: role(SOURCE_ACCOUNT, 'Administrator'), policies: () => EVERYTHING },
  administrator: { arn: role(BACKUP_ACCOUNT, 'Administrator'), policies: () => EVERYTHING },
  'key administrator': { arn: role(BACKUP_ACCOUNT, 'KeyAdministrators'), policies: () => EVERYTHING },
  restore: {
    arn: role(BACKUP_ACCOUNT, 'rds-backup-layer2-restore-role-prod'),
    policies: ({ backup }) => backup.identity('rds-backup-layer2-restore-role-prod'),
  },
  drill: {
    arn: role(BACKUP_ACCOUNT, 'rds-backup-layer2-drill-role-prod'),
    policies: ({ backup }) => backup.identity('rds-backup-layer2-drill-role-prod'),
  },
};

export function bucketArn(object?: string): string {
  return `arn:aws:s3:::${BUCKET}${object === undefined ? '' : `/${object}`}`;
}

function commonContext(who: Principal, { tls = true }: Request): Record<string, string> {
  const { arn } = PRINCIPALS[who];
  return {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': arn.split(':')[4]!,
    'aws:PrincipalIsAWSService': 'false',
    'aws:SecureTransport': String(tls),
  };
}

function s3Context(who: Principal, action: string, request: Request): Record<string, string> {
  const context: Record<string, string> = { ...commonContext(who, request), 's3:TlsVersion': '1.3' };
  if (action !== 's3:PutObject') return context;
  const { encryption, key, customerKey, makesObject = true, ifNoneMatch = true } = request;
  // S3 completes a bare id with the caller's account, and evaluates the condition against that ARN.
  const completed = KEY_ARN.replace(BACKUP_ACCOUNT, PRINCIPALS[who].arn.split(':')[4]!);
  const keys = { ours: KEY_ARN, another: ANOTHER_KEY_ARN, 'id only': completed };
  const header = 's3:x-amz-server-side-encryption';
  return {
    ...context,
    's3:ObjectCreationOperation': String(makesObject),
    ...(ifNoneMatch && { 's3:if-none-match': '*' }),
    ...(encryption !== undefined && { [header]: encryption }),
    ...(key !== undefined && { [`${header}-aws-kms-key-id`]: keys[key] }),
    ...(customerKey && { [`${header}-customer-algorithm`]: 'AES256' }),
  };
}

function kmsContext(who: Principal, request: Request, object?: string): Record<string, string> {
  const { via = 's3', context = object } = request;
  return {
    ...commonContext(who, request),
    ...(via !== 'directly' && { 'kms:ViaService': `${via}.${REGION}.amazonaws.com` }),
    ...(context !== undefined && { [CONTEXT_KEY]: bucketArn(context) }),
  };
}
