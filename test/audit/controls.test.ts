/** Every control, wherever it can be evaluated: a resource that passes, ones that fail, and what was not read. */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/audit/catalog.js';
import { evaluate } from '../../src/audit/evaluate.js';
import { type Declared, NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import type { FactKind, FactOf, FactSource } from '../../src/audit/model/facts.js';
import type { Finding } from '../../src/audit/model/finding.js';
import { known, unknown } from '../../src/audit/model/reading.js';
import { AURORA_FIXTURES } from './aurora/fixtures.js';
import { BACKUP_FIXTURES } from './backup/fixtures.js';
import { CODEBUILD_FIXTURES } from './codebuild/fixtures.js';
import { DYNAMODB_FIXTURES } from './dynamodb/fixtures.js';
import { factsOf, GOOD } from './facts-builder.js';
import type { Fixture, More } from './fixture.js';
import { IAM_FIXTURES } from './iam/fixtures.js';
import { LITERALS_FIXTURES } from './literals/fixtures.js';
import { LOGS_FIXTURES } from './logs/fixtures.js';
import { NETWORK_FIXTURES } from './network/fixtures.js';
import { KMS_FIXTURES } from './kms/fixtures.js';
import { REDIS_FIXTURES } from './redis/fixtures.js';
import { S3_FIXTURES } from './s3/fixtures.js';
import { SECRETS_FIXTURES } from './secrets/fixtures.js';

const FIXTURES: readonly Fixture[] = [
  ...KMS_FIXTURES,
  ...AURORA_FIXTURES,
  ...DYNAMODB_FIXTURES,
  ...S3_FIXTURES,
  ...REDIS_FIXTURES,
  ...SECRETS_FIXTURES,
  ...IAM_FIXTURES,
  ...CODEBUILD_FIXTURES,
  ...BACKUP_FIXTURES,
  ...NETWORK_FIXTURES,
  ...LOGS_FIXTURES,
  ...LITERALS_FIXTURES,
];
const DENIED = unknown('GetIt was refused.', 'service:GetIt');

/** Everything of the kind but the resource goes on as the builder has it. */
function audit(fixture: Fixture, source: FactSource, resource: FactOf<FactKind>, more: More = {}): Finding[] {
  const { kind } = fixture.control;
  const standard = factsOf(source, { ...fixture.facts, ...more.facts });
  const all = standard[kind];
  const others =
    'value' in all ? (all.value as readonly FactOf<FactKind>[]).filter(({ id }) => id !== resource.id) : [];
  const facts = { ...standard, [kind]: known([resource, ...others]) };
  return evaluate([fixture.control], facts, declaredBy(fixture, more)).filter((one) => one.resource === resource.id);
}

function declaredBy(fixture: Fixture, more: More = {}): Declared {
  return { ...NOTHING_DECLARED, ...fixture.declared, ...more.declared };
}

const goodOf = (fixture: Fixture): FactOf<FactKind> => fixture.good ?? GOOD[fixture.control.kind];

it('each control has one fixture', () => {
  expect(FIXTURES.map(({ control }) => control.id).sort()).toEqual(CONTROLS.map(({ id }) => id).sort());
});

describe.each(FIXTURES.map((fixture) => [fixture.control.id, fixture] as const))('%s', (_id, fixture) => {
  const { control } = fixture;
  const good = goodOf(fixture);

  describe.each(control.evaluatedOn)('%s', (source) => {
    it('passes what is as it should be', () => {
      expect(audit(fixture, source, good)).toMatchObject([{ status: 'pass', problems: [] }]);
    });

    const broken = fixture.fails.filter(([, , more]) => (more?.onlyOn ?? source) === source);
    it.each(broken.map((one) => [one[0], one] as const))('says: %s', (problem, [, change, more]) => {
      const [finding] = audit(fixture, source, { ...good, ...change } as typeof good, more);
      expect(finding?.problems).toEqual([problem]);
      expect(finding?.status).toBe('fail');
    });

    it('is not evaluated without what it reads, and asks for nothing else', () => {
      const attributes = Object.entries(good).filter(([, value]) => isReading(value));
      const needed = attributes
        .map(([name]) => name)
        .filter((name) => {
          const [finding] = audit(fixture, source, { ...good, [name]: DENIED });
          if (finding?.status === 'pass') return false;
          expect(finding).toMatchObject({ status: 'not-evaluated', unknown: { permission: 'service:GetIt' } });
          return true;
        });
      const reads: readonly string[] = [...fixture.reads, ...(source === 'live' ? (fixture.readsLive ?? []) : [])];
      expect(needed.sort()).toEqual([...reads].sort());
    });

    it('is not evaluated where the resources could not be listed', () => {
      const facts = factsOf(source, { ...fixture.facts, [control.kind]: DENIED });
      expect(evaluate([control], facts, declaredBy(fixture))).toMatchObject([
        { status: 'not-evaluated', unknown: { reason: 'GetIt was refused.' } },
      ]);
    });

    it('says that there are none, and fails where the config declares them', () => {
      const facts = factsOf(source, { ...fixture.facts, [control.kind]: known([]) });
      const expected = control.expects?.(declaredBy(fixture), source) ?? [];
      expect(evaluate([control], facts, NOTHING_DECLARED)).toMatchObject([{ status: 'absent' }]);
      const findings = evaluate([control], facts, declaredBy(fixture));
      if (expected.length === 0) expect(findings).toMatchObject([{ status: 'absent' }]);
      else expect(findings).toMatchObject(expected.map((resourceName) => ({ status: 'fail', resourceName })));
    });
  });
});

function isReading(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('value' in value || 'unknown' in value);
}
