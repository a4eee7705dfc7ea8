/** The places of a template that hold a secret: by what they are in the model of their type, and by their names. */
import { problemOfVariable } from '../codebuild/plaintext-credentials.js';
import { known, listOf, type Reading, unknown } from '../model/reading.js';
import { isOn, isRecord, type ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import type { StackTemplate, TemplateParameter } from '../template/template.js';
import type { Literal, LiteralsFact } from './facts.js';

/** Properties whose value is a secret, whatever it says. A star is each item of a list. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'AWS::RDS::DBCluster': ['MasterUserPassword'],
  'AWS::RDS::DBInstance': ['MasterUserPassword', 'TdeCredentialPassword'],
  'AWS::DocDB::DBCluster': ['MasterUserPassword'],
  'AWS::Redshift::Cluster': ['MasterUserPassword'],
  'AWS::RedshiftServerless::Namespace': ['AdminUserPassword'],
  'AWS::SecretsManager::Secret': ['SecretString'],
  'AWS::ElastiCache::ReplicationGroup': ['AuthToken'],
  'AWS::ElastiCache::User': ['Passwords.*', 'AuthenticationMode.Passwords.*'],
  'AWS::MemoryDB::User': ['AuthenticationMode.Passwords.*'],
  'AWS::IAM::User': ['LoginProfile.Password'],
  'AWS::AmazonMQ::Broker': ['Users.*.Password'],
  'AWS::DMS::Endpoint': ['Password'],
  'AWS::DirectoryService::MicrosoftAD': ['Password'],
  'AWS::OpsWorks::App': ['AppSource.Password'],
};

/** Where variables of an environment are, and under which names. */
const ENVIRONMENTS: Readonly<Record<string, { readonly at: string; readonly name: string; readonly value: string }>> = {
  'AWS::ECS::TaskDefinition': { at: 'ContainerDefinitions.*.Environment.*', name: 'Name', value: 'Value' },
};
const FUNCTION = 'AWS::Lambda::Function';

export function literalsOf(stacks: readonly StackTemplate[], resources: TemplateResources): LiteralsFact[] {
  const parametersOf = new Map(stacks.map(({ stack, parameters }) => [stack, parameters]));
  return resources.readers.flatMap((reader) => {
    const parameters = parametersOf.get(reader.stack) ?? {};
    const secrets = placesIn(reader).map(({ where, value, name }) => judge(where, value, parameters, name));
    const found = secrets.filter((one) => one !== undefined);
    return found.length === 0 ? [] : [{ ...reader.common, secrets: listOf(found) }];
  });
}

interface Place {
  readonly where: string;
  readonly value: unknown;
  /** Of a variable, which is a secret only if its name or its value says so. */
  readonly name?: string;
}

function placesIn({ type, raw }: ResourceReader): Place[] {
  const secrets = (SECRETS[type] ?? []).flatMap((path) => valuesAt(raw, path.split('.')));
  const environment = ENVIRONMENTS[type];
  const variables = environment
    ? valuesAt(raw, environment.at.split('.')).flatMap(({ where, value }) =>
        isRecord(value) ? [{ where, value: value[environment.value], name: textOf(value[environment.name]) }] : [],
      )
    : [];
  const { Environment } = raw;
  const ofFunction =
    type === FUNCTION && isRecord(Environment) && isRecord(Environment.Variables) ? Environment.Variables : {};
  return [
    ...secrets,
    ...variables,
    ...Object.entries(ofFunction).map(([name, value]) => ({ where: `Environment.Variables.${name}`, value, name })),
  ];
}

function valuesAt(value: unknown, path: readonly string[], where: readonly string[] = []): Place[] {
  const [name, ...rest] = path;
  if (name === undefined) return value === undefined ? [] : [{ where: where.join('.'), value }];
  if (name === '*')
    return Array.isArray(value)
      ? value.flatMap((item, index) => valuesAt(item, rest, [...where, String(index)]))
      : value === undefined
        ? []
        : [{ where: where.join('.'), value }];
  // A condition in the way: each of its outcomes.
  if (isRecord(value) && Array.isArray(value['Fn::If']))
    return (value['Fn::If'] as unknown[]).slice(1).flatMap((one) => valuesAt(one, path, where));
  return isRecord(value) ? valuesAt(value[name], rest, [...where, name]) : [];
}

type Parameters = Readonly<Record<string, TemplateParameter>>;

/** @returns `undefined` for a variable that is no secret */
function judge(where: string, value: unknown, parameters: Parameters, name?: string): Reading<Literal> | undefined {
  if (isRecord(value) && Array.isArray(value['Fn::If'])) {
    const outcomes = (value['Fn::If'] as unknown[]).slice(1).map((one) => judge(where, one, parameters, name));
    const [worst] = outcomes.filter((one) => one !== undefined).sort((a, b) => rankOf(a) - rankOf(b));
    return worst;
  }
  if (typeof value === 'string' || typeof value === 'number') return ofText(where, String(value), name);
  if (!isRecord(value)) return undefined;
  const parameter = typeof value.Ref === 'string' ? parameters[value.Ref] : undefined;
  if (parameter) return ofParameter(where, parameter, name);
  const joined = textIn(value);
  if (joined !== undefined) return ofText(where, joined, name);
  if (name !== undefined) return undefined;
  if (DYNAMIC.test(beginningOf(value))) return known({ where, is: 'reference' });
  // What another resource makes, or another stack hands on, is not in this template.
  return 'Fn::GetAtt' in value || 'Ref' in value
    ? known({ where, is: 'reference' })
    : unknown(`What ${where} is cannot be read.`);
}

function ofText(where: string, text: string, name: string | undefined): Reading<Literal> | undefined {
  const isReference = DYNAMIC.test(text) || text === '';
  if (name === undefined) return known({ where, is: isReference ? 'reference' : 'literal' });
  return problemOfVariable(name, text) === undefined || isReference ? undefined : known({ where, is: 'literal' });
}

function ofParameter(where: string, parameter: TemplateParameter, name?: string): Reading<Literal> | undefined {
  const { Default, NoEcho, Type = 'String' } = parameter;
  // A parameter of a variable that nothing marks as secret.
  if (name !== undefined && problemOfVariable(name, textOf(Default) || 'x') === undefined) return undefined;
  if (Default !== undefined && Default !== '' && !Type.startsWith('AWS::SSM::')) return known({ where, is: 'default' });
  return known({ where, is: isOn(NoEcho) ? 'reference' : 'shown' });
}

/** What CloudFormation fills in when it deploys, from where secrets are. */
const DYNAMIC = /^\{\{resolve:(?:secretsmanager|ssm-secure):/;

function beginningOf(value: Readonly<Record<string, unknown>>): string {
  const sub = value['Fn::Sub'];
  const join = value['Fn::Join'];
  const parts: unknown = Array.isArray(join) ? join[1] : undefined;
  return textOf(Array.isArray(sub) ? sub[0] : sub) || textOf(Array.isArray(parts) ? parts[0] : undefined);
}

/** The text of a `Join` or a `Sub` with nothing to fill in. */
function textIn(value: Readonly<Record<string, unknown>>): string | undefined {
  const sub = value['Fn::Sub'];
  if (typeof sub === 'string') return sub.includes('${') ? undefined : sub;
  const join = value['Fn::Join'];
  if (!Array.isArray(join) || !Array.isArray(join[1])) return undefined;
  const parts = join[1] as unknown[];
  return parts.every((part) => typeof part === 'string') ? parts.join(String(join[0])) : undefined;
}

const RANKS = ['literal', 'default', 'shown', 'reference'] as const;

function rankOf(reading: Reading<Literal>): number {
  return 'unknown' in reading ? 2.5 : RANKS.indexOf(reading.value.is);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
