import { expect, it } from 'vitest';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';

it('gives one form to a policy as text and as an object, with lone values and with lists', () => {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '111122223333', Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
    Action: 's3:GetObject',
    Resource: ['*'],
    Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:TlsVersion': 1.2 } },
  };
  const parsed = parsePolicy({ Version: '2012-10-17', Statement: statement });
  expect(parsePolicy(JSON.stringify({ Statement: [statement] }))).toEqual(parsed);
  expect(parsed.statements).toEqual([
    {
      effect: 'Allow',
      principals: [
        { type: 'AWS', value: '111122223333' },
        { type: 'Service', value: 'a.amazonaws.com' },
        { type: 'Service', value: 'b.amazonaws.com' },
      ],
      notPrincipals: [],
      actions: ['s3:GetObject'],
      notActions: [],
      resources: ['*'],
      notResources: [],
      conditions: { Bool: { 'aws:securetransport': ['true'] }, NumericLessThan: { 's3:tlsversion': ['1.2'] } },
    },
  ]);
});

it.each(['{', '{}', { Statement: [{ Effect: 'Maybe' }] }, { Statement: [{ Effect: 'Allow', Principal: 'me' }] }])(
  'refuses what is no policy: %j',
  (json) => {
    expect(() => parsePolicy(json)).toThrow();
  },
);
