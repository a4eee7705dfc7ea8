/** The evaluation of Denies, case by case, and beside what an independent simulator of IAM says. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import { UnknownReading } from '../../../src/audit/model/reading.js';
import { refusedBy } from '../../../src/audit/policies/deny-evaluation.js';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';
import { BUCKET, DENY_CASES, type DenyCase, USUAL, WRITER } from './deny-cases.js';

const RESOURCE = `${BUCKET}/layer2/app/1`;

function requestOf({ action = 's3:PutObject', resource = RESOURCE, context = {} }: DenyCase) {
  return { action, resource, context: { ...USUAL, ...context } };
}

function policyOf({ statement }: DenyCase) {
  const whole = { Sid: 'It', Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: '*', ...statement };
  return { Version: '2012-10-17', Statement: [JSON.parse(JSON.stringify(whole)) as unknown] };
}

function ours(one: DenyCase): boolean | 'undecided' {
  const { context, ...request } = requestOf(one);
  const lower = Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  try {
    return refusedBy(parsePolicy(policyOf(one)), { ...request, context: lower }) !== undefined;
  } catch (error) {
    if (error instanceof UnknownReading) return 'undecided';
    throw error;
  }
}

async function simulated(one: DenyCase): Promise<boolean> {
  const { action, resource, context } = requestOf(one);
  const carried = Object.entries({ ...context, ...one.past }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const result = await runSimulation(
    {
      request: {
        principal: WRITER,
        action,
        // One of those that are asked for, with a name that the statements' patterns leave out.
        resource: { resource: resource.replace('*', 'app/2026'), accountId: '111122223333' },
        contextVariables: Object.fromEntries(carried),
      },
      identityPolicies: [
        {
          name: 'all',
          policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
        },
      ],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policyOf(one),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'ExplicitlyDenied';
}

describe('a Deny of', () => {
  it.each(DENY_CASES.map((one) => [one.of, one] as const))('%s', async (_of, one) => {
    const { refused = true } = one;
    expect(ours(one)).toBe(refused);
    if (refused !== 'undecided') expect(await simulated(one)).toBe(refused);
  });
});

it('a known Deny stands, whatever another one hangs on', () => {
  const undecided = { ...USUAL_DENY, Condition: { StringEquals: { 'aws:PrincipalArn': '${aws:username}' } } };
  const policy = parsePolicy({ Statement: [undecided, { ...USUAL_DENY, Sid: 'Plain' }] });
  const request = { action: 's3:PutObject', resource: RESOURCE, context: { 'aws:principalarn': 'arn:any' } };
  expect(refusedBy(policy, request)).toBe('the statement Plain');
  expect(() => refusedBy(parsePolicy({ Statement: [undecided] }), request)).toThrow(UnknownReading);
});

it('without a policy nothing is refused', () => {
  expect(refusedBy(undefined, { action: 's3:PutObject', resource: RESOURCE, context: {} })).toBeUndefined();
});

const USUAL_DENY = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
