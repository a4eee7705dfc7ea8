import type { Parameter } from '@aws-sdk/client-rds';
import { expect, it } from 'vitest';
import { effectOf, statusOfInstances } from '../../../src/audit/aurora/live-parameters.js';

const DYNAMIC: Parameter = {
  ParameterName: 'log_statement',
  ParameterValue: 'ddl',
  ApplyType: 'dynamic',
  ApplyMethod: 'immediate',
};
const STATIC: Parameter = {
  ParameterName: 'shared_preload_libraries',
  ParameterValue: 'pgaudit',
  ApplyType: 'static',
};

it.each([
  ['dynamic', 'in sync', DYNAMIC, ['in-sync', 'in-sync'], { declared: 'ddl', applied: 'ddl' }],
  ['static', 'in sync', STATIC, ['in-sync', 'in-sync'], { declared: 'pgaudit', applied: 'pgaudit' }],
  ['dynamic', 'waiting for a reboot', DYNAMIC, ['in-sync', 'pending-reboot'], { declared: 'ddl', applied: 'ddl' }],
  [
    'static',
    'waiting for a reboot',
    STATIC,
    ['in-sync', 'pending-reboot'],
    { declared: 'pgaudit', pending: 'pgaudit' },
  ],
  ['dynamic', 'being changed', DYNAMIC, ['in-sync', 'applying'], { declared: 'ddl', pending: 'ddl' }],
  [
    'dynamic',
    'set for the next reboot',
    { ...DYNAMIC, ApplyMethod: 'pending-reboot' },
    ['pending-reboot'],
    { declared: 'ddl', pending: 'ddl' },
  ],
  ['valueless', 'in sync', { ParameterName: 'work_mem' }, ['in-sync'], {}],
] as const)(
  'says of a %s parameter with members %s what is declared, applied and pending',
  (_, __, parameter, states, effect) => {
    const status = Object.fromEntries(states.map((state, index) => [`member-${index}`, state]));
    expect(effectOf(parameter as Parameter, status)).toEqual(effect);
  },
);

it('knows the state of the groups that members have of their own', () => {
  const group = (DBParameterGroupName: string, ParameterApplyStatus: string) => ({
    DBParameterGroupName,
    ParameterApplyStatus,
  });
  const instances = [
    { DBInstanceIdentifier: 'writer', DBParameterGroups: [group('default.aurora-postgresql16', 'in-sync')] },
    { DBInstanceIdentifier: 'reader', DBParameterGroups: [group('own', 'pending-reboot')] },
  ];
  expect(statusOfInstances(instances)).toEqual({ 'reader (own)': 'pending-reboot' });
});
