/**
 * What the transform of the Serverless Application Model makes of its resources, as far as the audit looks at it: the
 * roles of functions and state machines, and tables. By the published rules of `AWS::Serverless-2016-10-31`.
 */
import type { TemplateResource, UnreadResource } from './template-resource.js';

type Json = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, TemplateResource>>;

export interface Transformed {
  readonly resources: Resources;
  /** What makes resources that are not written out here. */
  readonly unread: readonly UnreadResource[];
}

/** These make nothing that the audit looks at. */
const WITHOUT_DATA: ReadonlySet<string> = new Set([
  'AWS::Serverless::Api',
  'AWS::Serverless::HttpApi',
  'AWS::Serverless::WebSocketApi',
  'AWS::Serverless::LayerVersion',
  'AWS::Serverless::CapacityProvider',
]);

export function transformServerless(resources: Resources, globals: Json): Transformed {
  const unread: UnreadResource[] = [];
  const transformed = Object.entries(resources).flatMap(([logicalId, resource]): [string, TemplateResource][] => {
    const { Type } = resource;
    if (!Type.startsWith('AWS::Serverless::') || WITHOUT_DATA.has(Type)) return [[logicalId, resource]];
    const make = MAKERS[Type];
    if (make) return make(logicalId, withGlobals(resource, globals));
    unread.push({ logicalId, type: Type, reason: 'what the Serverless Application Model makes of it is not read' });
    return [];
  });
  return { resources: Object.fromEntries(transformed), unread };
}

type Maker = (logicalId: string, resource: TemplateResource) => [string, TemplateResource][];

const MAKERS: Readonly<Record<string, Maker>> = {
  'AWS::Serverless::Function': (logicalId, resource) => {
    const { Policies, AssumeRolePolicyDocument, Role, ...rest } = propertiesOf(resource);
    const made: TemplateResource = {
      ...resource,
      Type: 'AWS::Lambda::Function',
      Properties: { ...rest, Role: Role ?? arnOf(`${logicalId}Role`) },
    };
    if (Role !== undefined) return [[logicalId, made]];
    const managed = [
      managedArn('service-role/AWSLambdaBasicExecutionRole'),
      ...(rest.VpcConfig === undefined ? [] : [managedArn('service-role/AWSLambdaVPCAccessExecutionRole')]),
      ...(rest.Tracing === undefined ? [] : [managedArn('AWSXrayWriteOnlyAccess')]),
    ];
    const trust = AssumeRolePolicyDocument ?? trustOf('lambda.amazonaws.com');
    return [
      [logicalId, made],
      [`${logicalId}Role`, roleOf(resource, logicalId, { policies: Policies, managed, trust })],
    ];
  },
  'AWS::Serverless::StateMachine': (logicalId, resource) => {
    const { Policies, Role, ...rest } = propertiesOf(resource);
    const made: TemplateResource = { ...resource, Type: 'AWS::StepFunctions::StateMachine', Properties: rest };
    if (Role !== undefined) return [[logicalId, made]];
    const trust = trustOf('states.amazonaws.com');
    return [
      [logicalId, made],
      [`${logicalId}Role`, roleOf(resource, logicalId, { policies: Policies, managed: [], trust })],
    ];
  },
  'AWS::Serverless::SimpleTable': (logicalId, resource) => {
    const { PrimaryKey: _key, ProvisionedThroughput, ...rest } = propertiesOf(resource);
    const Properties = {
      ...rest,
      ...(ProvisionedThroughput === undefined ? { BillingMode: 'PAY_PER_REQUEST' } : { ProvisionedThroughput }),
    };
    return [[logicalId, { ...resource, Type: 'AWS::DynamoDB::Table', Properties }]];
  },
};

function propertiesOf({ Properties = {} }: TemplateResource): Json {
  return Properties;
}

/** Settings for all functions, and for all tables; maps are merged, one level deep. */
function withGlobals(resource: TemplateResource, globals: Json): TemplateResource {
  const common = globals[resource.Type.replace('AWS::Serverless::', '')];
  if (!isObject(common)) return resource;
  const own = propertiesOf(resource);
  const merged = Object.entries({ ...common, ...own }).map(([key, value]) => {
    const [general, particular] = [common[key], own[key]];
    return [key, isObject(general) && isObject(particular) ? { ...general, ...particular } : value] as const;
  });
  return { ...resource, Properties: Object.fromEntries(merged) };
}

interface RoleParts {
  readonly policies: unknown;
  readonly managed: readonly unknown[];
  readonly trust: unknown;
}

function roleOf(
  resource: TemplateResource,
  logicalId: string,
  { policies, managed, trust }: RoleParts,
): TemplateResource {
  const list = policies === undefined ? [] : Array.isArray(policies) ? (policies as unknown[]) : [policies];
  const [arns, documents] = [list.filter(isNamed), list.filter((one) => !isNamed(one))];
  return {
    ...resource,
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust,
      ManagedPolicyArns: [...managed, ...arns.map(toArn)],
      Policies: documents.map((one, index) => ({
        PolicyName: `${logicalId}RolePolicy${index}`,
        PolicyDocument: isObject(one) && 'Statement' in one ? one : templateOf(one),
      })),
    },
  };
}

/** The name or ARN of a managed policy, or what gives one. */
function isNamed(policy: unknown): boolean {
  if (!isObject(policy)) return true;
  const [key = ''] = Object.keys(policy);
  return key === 'Ref' || key.startsWith('Fn::');
}

function toArn(policy: unknown): unknown {
  if (typeof policy !== 'string' || policy.startsWith('arn:')) return policy;
  return managedArn(IN_SERVICE_ROLE.has(policy) ? `service-role/${policy}` : policy);
}

const IN_SERVICE_ROLE: ReadonlySet<string> = new Set([
  'AWSLambdaBasicExecutionRole',
  'AWSLambdaDynamoDBExecutionRole',
  'AWSLambdaENIManagementAccess',
  'AWSLambdaKinesisExecutionRole',
  'AWSLambdaMSKExecutionRole',
  'AWSLambdaRole',
  'AWSLambdaSQSQueueExecutionRole',
  'AWSLambdaVPCAccessExecutionRole',
]);

/** One of the model's policy templates, whose text is not here: an open value, by a function that nobody knows. */
function templateOf(policy: unknown): unknown {
  const name = isObject(policy) ? (Object.keys(policy)[0] ?? '') : JSON.stringify(policy);
  return { [`Fn::SamPolicyTemplate ${name}`]: {} };
}

function managedArn(name: string): unknown {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}` };
}

function arnOf(logicalId: string): unknown {
  return { 'Fn::GetAtt': [logicalId, 'Arn'] };
}

function trustOf(service: string): unknown {
  return { Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
