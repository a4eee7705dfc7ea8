/** `--redis-secret`: where the credentials of caches are. */
import type { RedisSecret } from '../../audit/read-live-facts.js';
import { HoldfastError } from '../../core/errors.js';
import { parseRedisSecret } from '../../rotation/redis/redis-secret.js';
import { secretArnProblem } from '../../syntax/arn.js';

const FORM = /^(?:(?<group>[A-Za-z][A-Za-z0-9-]*)=)?(?<arn>arn:.*)$/s;

/**
 * @param given ARNs of secrets, each for one replication group (`fintech-redis=arn:…`) or for all that have none
 * @throws HoldfastError USAGE, without repeating what is no ARN: it may be the credential itself
 */
export function redisSecretsOf(given: readonly string[]): RedisSecret {
  const arns = new Map<string | undefined, string>();
  for (const [index, text] of given.entries()) {
    const { group, arn = text } = FORM.exec(text)?.groups ?? {};
    const problem = secretArnProblem(arn);
    if (problem !== undefined) {
      throw new HoldfastError('USAGE', `The value of --redis-secret number ${index + 1} is no ARN of a secret.`, {
        hint: `${problem} For one cache, write REPLICATION-GROUP=arn:…; the credential itself stays in the secret.`,
      });
    }
    arns.set(group, arn);
  }
  return { of: (group) => arns.get(group) ?? arns.get(undefined), parse: parseRedisSecret };
}
