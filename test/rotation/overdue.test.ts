import { expect, it } from 'vitest';
import { judgeRotationAge } from '../../src/rotation/overdue.js';
import type { DescribedSecret } from '../../src/rotation/protocol/secret-store.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const healthy: DescribedSecret = {
  arn: 'arn',
  name: 'fintech/db-credentials',
  stages: { one: ['AWSCURRENT'] },
  rotationEnabled: true,
  rotationLambdaArn: 'lambda',
  owningService: undefined,
  rotateAfterDays: 30,
  lastRotatedAt: daysAgo(10),
  nextRotationAt: daysAgo(-20),
  createdAt: daysAgo(100),
  primaryRegion: undefined,
};
const judge = (secret: Partial<DescribedSecret>) =>
  judgeRotationAge({ ...healthy, ...secret }, { maxAgeDays: 30, manual: false }, NOW).problems;

it('says nothing of a secret that was rotated in time', () => {
  expect(judge({})).toEqual([]);
  expect(judge({ lastRotatedAt: daysAgo(31), nextRotationAt: daysAgo(1) })).toEqual([]);
});

it.each<[string, Partial<DescribedSecret>, string]>([
  [
    'was not rotated in time',
    { lastRotatedAt: daysAgo(40) },
    'the last rotation was 40 days ago; at most 30 days are allowed',
  ],
  ['was never rotated', { lastRotatedAt: undefined }, 'it has never been rotated; at most 30 days are allowed'],
  ['has no rotation', { rotationEnabled: false }, 'no rotation is enabled for it'],
  ['has too long a schedule', { rotateAfterDays: 90 }, 'it is scheduled every 90 days; at most 30 are allowed'],
  ['missed its date', { nextRotationAt: daysAgo(3) }, 'has not taken place'],
])('tells of a secret that %s', (_, secret, problem) => {
  expect(judge(secret)).toEqual([expect.stringContaining(problem)]);
});

it('names the version in which a rotation got stuck', () => {
  const stages = { one: ['AWSCURRENT'], two: ['AWSPENDING'] };
  expect(judge({ lastRotatedAt: daysAgo(40), stages })).toContain(
    'a rotation has started but not finished (version two)',
  );
});

it('judges what people supply by the age of its value, and expects no schedule', () => {
  const without = { rotationEnabled: false, lastRotatedAt: undefined, rotateAfterDays: undefined };
  const supplied = { ...healthy, ...without, nextRotationAt: undefined };
  const judged = (valueCreatedAt?: Date) =>
    judgeRotationAge(supplied, { maxAgeDays: 30, manual: true, valueCreatedAt }, NOW).problems;
  expect(judged(daysAgo(10))).toEqual([]);
  expect(judged(daysAgo(50))).toEqual(['the last rotation was 50 days ago; at most 30 days are allowed']);
  expect(judged()).toEqual(['it has never been rotated; at most 30 days are allowed']);
});
