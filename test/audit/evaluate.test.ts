import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/audit/evaluate.js';
import { defineControl } from '../../src/audit/model/control.js';
import { NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import { known, unknown, valueOf } from '../../src/audit/model/reading.js';
import { factsOf, GOOD } from './facts-builder.js';

const TABLES = defineControl({
  id: 'tables',
  title: 'Tables are protected and kept.',
  severity: 'low',
  references: {},
  remediation: 'Protect them.',
  evaluatedOn: ['live'],
  kind: 'dynamoTables',
  expects: () => ['t', 'second'],
  *check(table) {
    if (!valueOf(table.deletionProtection)) yield 'It is not protected.';
    if (!valueOf(table.pointInTimeRecovery).enabled) yield 'It is not kept.';
  },
});
const table = GOOD.dynamoTables;
const DENIED = unknown('Refused.', 'dynamodb:DescribeContinuousBackups');
const of = (...tables: readonly (typeof table)[]) =>
  evaluate([TABLES], factsOf('live', { dynamoTables: known(tables) }), NOTHING_DECLARED);

describe('one control', () => {
  it('a declared resource that does not exist fails by its name', () => {
    expect(of(table)).toEqual([
      { control: 'tables', source: 'live', resource: table.id, resourceName: 't', status: 'pass', problems: [] },
      {
        control: 'tables',
        source: 'live',
        resourceName: 'second',
        status: 'fail',
        problems: ['The config declares it, but it does not exist.'],
      },
    ]);
  });

  it('20.A4: a policy of something elsewhere is no sign that what the config declares exists', () => {
    const policy = { ...table, id: 'app/P', name: 'second', judgedFor: ['dynamodb-no-foreign-access'] };
    expect(of(table, policy).map(({ resourceName, status }) => [resourceName, status])).toEqual([
      ['t', 'pass'],
      ['second', 'fail'],
    ]);
  });

  it('a known fault outweighs what could not be read after it, which is said too', () => {
    const broken = { ...table, deletionProtection: known(false), pointInTimeRecovery: DENIED };
    expect(of(broken)[0]).toMatchObject({
      status: 'fail',
      problems: ['It is not protected.'],
      unknown: { reason: 'Refused.', permission: 'dynamodb:DescribeContinuousBackups' },
    });
  });

  it('what could not be read is never a pass', () => {
    expect(of({ ...table, pointInTimeRecovery: DENIED })[0]).toMatchObject({ status: 'not-evaluated', problems: [] });
  });

  it('several faults are all told', () => {
    const broken = { ...table, deletionProtection: known(false), pointInTimeRecovery: known({ enabled: false }) };
    expect(of(broken)[0]?.problems).toEqual(['It is not protected.', 'It is not kept.']);
  });

  it('what the template accepts with a reason is waived with it, and only where it fails', () => {
    const accepted = [{ control: 'tables', reason: 'A cache.' }];
    const broken = { ...table, deletionProtection: known(false), accepted };
    expect(of(broken)[0]).toMatchObject({
      status: 'waived',
      problems: ['It is not protected.'],
      note: 'Accepted by the template itself, without approver or end: A cache.',
    });
    expect(of({ ...table, accepted })[0]).toMatchObject({ status: 'pass' });
    expect(of({ ...broken, accepted: [{ control: 'others', reason: 'A cache.' }] })[0]).toMatchObject({
      status: 'fail',
    });
  });

  it('an opt-out by name is noted, and changes nothing else', () => {
    const optedOut = { ...table, deletionProtection: known(false), optOuts: ['tables'] };
    expect(of(optedOut)[0]).toMatchObject({ status: 'fail', note: 'Opted out of by name.' });
    expect(of({ ...table, optOuts: ['other'] })[0]).not.toHaveProperty('note');
  });

  it('on a source where it is not evaluated it is left out', () => {
    expect(evaluate([TABLES], factsOf('template'), NOTHING_DECLARED)).toEqual([]);
  });

  it('a fault of the control itself is not hidden', () => {
    const wrong = defineControl({
      ...TABLES,
      *check(): Iterable<string> {
        throw new TypeError('wrong');
      },
    });
    expect(() => evaluate([wrong], factsOf('live'), NOTHING_DECLARED)).toThrow(TypeError);
  });
});
