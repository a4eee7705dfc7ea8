/** What servers of other versions answer, which are not on every machine; the one that is runs in test/integration. */
import { expect, it } from 'vitest';
import { ownerUser, requireOwnAclUser } from '../../../src/rotation/redis/acl-owner.js';

const OWN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:own-AbCdEf';
const OTHER = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf';
const unmarked = () => Promise.reject(new Error('There is a mark.'));

it.each([
  ['Redis 6', ['flags', ['off'], 'passwords', [], 'commands', '-@all', 'keys', [OWN, OTHER]]],
  ['Redis 7 in RESP2', ['flags', ['off'], 'passwords', [], 'commands', '-@all', 'keys', `~${OWN} ~${OTHER}`]],
  ['Redis 7 in RESP3', { flags: ['off'], passwords: [], commands: '-@all', keys: `~${OWN} ~${OTHER}`, selectors: [] }],
])('17.2: the first pattern has the user, as %s lists them', async (_, answer) => {
  const asked: unknown[] = [];
  const run = (command: readonly string[]) => {
    asked.push(command);
    return Promise.resolve(answer);
  };
  await requireOwnAclUser('app', OWN, run, unmarked);
  expect(asked).toEqual([['ACL', 'GETUSER', ownerUser('app')]]);
  await expect(requireOwnAclUser('app', OTHER, run, unmarked)).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
});

it('17.2: an answer without patterns frees no user', async () => {
  const run = () => Promise.resolve(['flags', ['off']]);
  await expect(requireOwnAclUser('app', OWN, run, unmarked)).rejects.toMatchObject({ code: 'ROTATION_FAILED' });
});
