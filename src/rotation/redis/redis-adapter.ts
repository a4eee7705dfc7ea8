/**
 * Redis and Valkey: one user that has two passwords for a while.
 *
 * `set` admits the new one beside the current one, AWSCURRENT moves, and only after the overlap, in which every client
 * has read again, the former one ends. No connection is cut at any point: a server asks for a password only once.
 */
import { sleep } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { SecretAdapter } from '../adapter.js';
import { generatePassword } from '../generate-password.js';
import type { PasswordControl } from './password-control.js';
import { parseRedisSecret, printRedisSecret, type RedisSecret } from './redis-secret.js';
import type { RedisSettings } from './redis-settings.js';
import { redisSignInWorks } from './redis-sign-in.js';

export interface RedisAdapterOptions {
  readonly settings: RedisSettings;
  /** Of the user that the secret is for. */
  readonly controlOf: (secret: RedisSecret) => PasswordControl;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

export function createRedisAdapter({
  settings,
  controlOf,
  logger,
  signal,
}: RedisAdapterOptions): SecretAdapter<RedisSecret> {
  const works = (secret: RedisSecret) => redisSignInWorks(secret, settings);
  const differs = (one: RedisSecret | undefined, other: RedisSecret) =>
    one !== undefined && one.username === other.username && one.password.reveal() !== other.password.reveal();
  return {
    kind: 'redis',
    parse: parseRedisSecret,
    print: printRedisSecret,
    next: (current) => Promise.resolve({ ...current, password: generatePassword() }),
    async set({ current, pending, previous }) {
      const control = controlOf(current);
      await control.settle();
      if (!(await works(current))) {
        throw new HoldfastError('ROTATION_REFUSED', 'The server does not accept the password of the current version.', {
          hint: "Set the server's password to the one in the secret, or the other way around; then rotate again.",
        });
      }
      if (await works(pending)) return;
      // There is room for two. One that a rotation left behind when it was killed would push the current one out.
      if (previous && differs(previous, current) && (await works(previous))) await control.admitOnly(current.password);
      await control.admitBoth(current.password, pending.password);
    },
    async test({ current, pending }) {
      if (!(await works(pending))) {
        throw new HoldfastError('ROTATION_FAILED', 'The server does not accept the new password.');
      }
      if (!(await works(current))) {
        throw new HoldfastError('ROTATION_FAILED', 'The server no longer accepts the current password.');
      }
    },
    async retire({ current, previous }) {
      if (!previous || !differs(previous, current) || !(await works(previous))) return;
      logger.info(`The former password works for another ${settings.overlap} s.`);
      await sleep(settings.overlap * 1000, signal);
      await controlOf(current).admitOnly(current.password);
      logger.info('The former password no longer works.');
    },
  };
}
