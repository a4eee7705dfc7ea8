/** What a template says in the place of a secret. */
import { expect, it } from 'vitest';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { valueOf } from '../../../src/audit/model/reading.js';

const Parameters = {
  Hidden: { Type: 'String', NoEcho: true },
  Shown: { Type: 'String' },
  Default: { Type: 'String', NoEcho: true, Default: 'hunter2' },
  Level: { Type: 'String', Default: 'info' },
};

/** What is said of each place of a resource; why, where it cannot be read. */
function literalsOf(Type: string, Properties: object): Record<string, string> {
  const template = { Parameters, Resources: { One: { Type, Properties } } };
  const facts = factsFromTemplates([toStackTemplate(template, { stack: 'app' })], new Date(0));
  const [found] = valueOf(facts.literals);
  const { secrets } = found ?? { secrets: { value: [] } };
  const list = 'unknown' in secrets ? (secrets.found ?? []) : secrets.value;
  return {
    ...Object.fromEntries(list.map(({ where, is }) => [where, is])),
    ...('unknown' in secrets && { open: secrets.unknown.reason }),
  };
}

it.each<[said: string, value: unknown]>([
  ['literal', 'hunter2'],
  ['literal', { 'Fn::Sub': 'hunter2' }],
  ['literal', { 'Fn::Join': ['', ['hunter', '2']] }],
  ['literal', { 'Fn::If': ['C', { Ref: 'Hidden' }, 'hunter2'] }],
  ['default', { Ref: 'Default' }],
  ['shown', { Ref: 'Shown' }],
  ['reference', { Ref: 'Hidden' }],
  ['reference', '{{resolve:secretsmanager:app/db:SecretString:password}}'],
  ['reference', { 'Fn::Sub': '{{resolve:secretsmanager:${Secret}:SecretString:password}}' }],
  ['reference', { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Secret' }, '}}']] }],
])('20.E: a password is %s where it says %j', (said, MasterUserPassword) => {
  expect(literalsOf('AWS::RDS::DBInstance', { MasterUserPassword })).toEqual({ MasterUserPassword: said });
});

it('20.E: a password that another stack hands on is not known', () => {
  const imported = { 'Fn::ImportValue': 'password' };
  expect(literalsOf('AWS::RDS::DBInstance', { MasterUserPassword: imported })).toEqual({
    open: 'What MasterUserPassword is cannot be read.',
  });
});

it('20.E: of an environment, what a name or a value shows to be a secret', () => {
  const Variables = { LEVEL: 'info', API_TOKEN: 'x', URL: 'postgres://app:hunter2@db/app', PASSWORD: { Ref: 'Shown' } };
  expect(literalsOf('AWS::Lambda::Function', { Environment: { Variables } })).toEqual({
    'Environment.Variables.API_TOKEN': 'literal',
    'Environment.Variables.URL': 'literal',
    'Environment.Variables.PASSWORD': 'shown',
  });
  const Environment = [
    { Name: 'DB_PASSWORD', Value: 'hunter2' },
    { Name: 'LEVEL', Value: { Ref: 'Level' } },
  ];
  expect(literalsOf('AWS::ECS::TaskDefinition', { ContainerDefinitions: [{ Environment }] })).toEqual({
    'ContainerDefinitions.0.Environment.0': 'literal',
  });
  expect(literalsOf('AWS::ElastiCache::User', { Passwords: ['hunter2', { Ref: 'Hidden' }] })).toEqual({
    'Passwords.0': 'literal',
    'Passwords.1': 'reference',
  });
});
