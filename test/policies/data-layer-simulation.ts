/** Asks IAM's rules of the policies in the data layer's template: may this principal do that? */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import {
  ACCOUNT,
  onlyResource,
  REGION,
  resourceWith,
  type Resource,
  type SynthesizedTemplate,
} from '../constructs/data-layer/data-layer-stacks.js';

export const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const DATA_BUCKET = `arn:aws:s3:::fintech-prod-data-${ACCOUNT}-${REGION}`;
export const REPLICA_BUCKET = `arn:aws:s3:::fintech-prod-data-replica-${ACCOUNT}-${REGION}`;
export const LOG_BUCKET = `arn:aws:s3:::fintech-prod-logs-${ACCOUNT}-${REGION}`;
export const DEPLOYMENT_ROLE = roleArn(`cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-${REGION}`);

export function roleArn(name: string, account = ACCOUNT): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;
}

export interface Policy {
  readonly Version?: string;
  readonly Statement: readonly unknown[];
}

/** What an administrator in IAM can be given at most. */
export const EVERYTHING: Policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** The policies of a template, with the ARNs that the resources would have. */
export class TemplatePolicies {
  constructor(private readonly template: SynthesizedTemplate) {}

  get key(): Policy {
    return this.concrete(onlyResource(this.template, 'AWS::KMS::Key').Properties.KeyPolicy);
  }

  get taskRole(): Policy {
    return this.concrete(onlyResource(this.template, 'AWS::IAM::RolePolicy').Properties.PolicyDocument);
  }

  get replicationRole(): Policy {
    const description = 'S3 copies the data lake into its replica';
    const role = resourceWith(this.template, 'AWS::IAM::Role', 'Description', description);
    return this.concrete(role.Properties.Policies[0].PolicyDocument);
  }

  bucket(arn: string): Policy {
    const name = arn.replace('arn:aws:s3:::', '');
    return this.concrete(
      resourceWith(this.template, 'AWS::S3::BucketPolicy', 'Bucket', name).Properties.PolicyDocument,
    );
  }

  private concrete(value: unknown): Policy {
    return JSON.parse(JSON.stringify(this.resolve(value))) as Policy;
  }

  private resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.resolve(each));
    if (typeof value !== 'object' || value === null) return value;
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
    if (ref === 'AWS::Partition') return 'aws';
    if (typeof ref === 'string') return arnOfResource(this.find(ref));
    if (Array.isArray(attribute)) return arnOfResource(this.find(String(attribute[0])));
    if (Array.isArray(join)) return (join[1] as unknown[]).map((part) => this.resolve(part)).join('');
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.resolve(each)]));
  }

  private find(id: string): Resource {
    const resource = this.template.Resources[id];
    if (!resource) throw new Error(`The template has no resource ${id}.`);
    return resource;
  }
}

function arnOfResource({ Type, Properties }: Resource): string {
  switch (Type) {
    case 'AWS::KMS::Key':
      return KEY_ARN;
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${Properties.BucketName as string}`;
    case 'AWS::SecretsManager::Secret':
      return secretArn(Properties.Name as string);
    default:
      throw new Error(`A policy refers to a resource of type ${Type}, whose ARN the test does not know.`);
  }
}

export interface Question {
  /** ARN, or a service such as `logging.s3.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Beside aws:PrincipalArn and aws:SecureTransport. */
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** @default none */
  readonly identityPolicy?: Policy;
  readonly resourcePolicy?: Policy;
}

/** @returns `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied` */
export async function ask(question: Question): Promise<string> {
  const { principal, action, resource, context = {}, identityPolicy, resourcePolicy } = question;
  const account = /^arn:aws:iam::(\d{12}):/.exec(principal)?.[1];
  const result = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {
          'aws:SecureTransport': 'true',
          ...(account === undefined ? {} : { 'aws:PrincipalArn': principal, 'aws:PrincipalAccount': account }),
          ...withStandIns(context),
        },
      },
      identityPolicies: identityPolicy ? [{ name: 'identity', policy: withStandIns(identityPolicy) }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: resourcePolicy && withStandIns(resourcePolicy),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  // A key that is left out of the request would make the answer one to another question.
  const ignored = result.resultType === 'single' ? result.result.ignoredContextKeys : [];
  if (ignored && ignored.length > 0) throw new Error(`The simulation ignored ${ignored.join(', ')}.`);
  return result.overallResult;
}

/**
 * The simulator knows no condition key whose name ends in a variable part after a colon, and would leave it out. A tag's
 * name may be anything, and is compared by the same rules: it stands in, in the policies and the request alike.
 */
function withStandIns<T>(value: T): T {
  const text = JSON.stringify(value).replace(/"kms:EncryptionContext:([^"]+)":/g, (_, key: string) => {
    return `"aws:PrincipalTag/EncryptionContext.${key.replaceAll(':', '.')}":`;
  });
  return JSON.parse(text) as T;
}
