import { expect, it } from 'vitest';
import { holdersOf, type Holding } from '../../../src/audit/iam/facts.js';

it('names all who have a policy, each once', () => {
  const holding = (kind: Holding['holder']['kind'], name: string, ...keys: readonly string[]): Holding => ({
    holder: { kind, name },
    policies: keys.map((key) => ({ key, name: `policy ${key}` })),
  });
  const task = holding('role', 'task', 'a', 'b');
  const holders = holdersOf([task, holding('role', 'other', 'b', 'b', 'c'), holding('user', 'ann', 'b')]);
  expect(holders(task)).toEqual([
    { policy: 'policy a', holders: ['task'] },
    { policy: 'policy b', holders: ['task', 'other', 'the user ann'] },
  ]);
});
