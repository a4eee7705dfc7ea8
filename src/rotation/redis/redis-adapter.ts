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
import { redisSignInWorks, type RedisPlace } from './redis-sign-in.js';

export interface RedisAdapterOptions {
  readonly settings: RedisSettings;
  readonly control: PasswordControl;
  /** Where passwords are tried. */
  readonly place: () => Promise<RedisPlace>;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

export function createRedisAdapter({
  settings,
  control,
  place,
  logger,
  signal,
}: RedisAdapterOptions): SecretAdapter<RedisSecret> {
  const works = (secret: RedisSecret) => place().then((one) => redisSignInWorks(secret, one, settings));
  const differs = (one: RedisSecret | undefined, other: RedisSecret) =>
    one !== undefined && one.username === other.username && one.password.reveal() !== other.password.reveal();
  return {
    kind: 'redis',
    parse: parseRedisSecret,
    print: printRedisSecret,
    // One that was given up may be among the server's passwords, which has room for two.
    next: (current, givenUp) =>
      Promise.resolve({
        ...current,
        password: givenUp && differs(givenUp, current) ? givenUp.password : generatePassword(),
      }),
    fits: (current, pending) =>
      current.username === pending.username && current.host === pending.host && current.port === pending.port,
    async set({ current, pending, previous, requireUnchanged }) {
      await control.requireUser(current);
      await control.settle();
      await requirePassword(current);
      await control.requireOwn();
      if (await works(pending)) return;
      // There is room for two, and clients may still have the one of before: its time has to be over.
      if (previous && differs(previous, current) && (await works(previous))) {
        logger.info(`The password before the current one works for another ${settings.overlap} s.`);
        await sleep(settings.overlap * 1000, signal);
        await requireUnchanged();
        await control.admitOnly(current.password, async () => {
          await requireUnchanged();
          await control.requireOwn();
          return true;
        });
      }
      await requireUnchanged();
      await control.admitBoth(current.password, pending.password);
    },
    async test({ current, pending }) {
      if (!(await works(pending))) {
        throw new HoldfastError('ROTATION_FAILED', 'The server does not accept the new password.');
      }
      if (!(await works(current))) {
        throw new HoldfastError('ROTATION_FAILED', 'The server no longer accepts the current password.');
      }
      // After them: it claims a user without a mark, for which the password has to be proven.
      await control.requireOwn();
    },
    async retire({ current, previous, stillLatest }) {
      if (!previous || !differs(previous, current) || !(await works(previous))) return;
      // Labels do not show that it works, and without the former one nobody could sign in.
      if (!(await works(current)))
        throw new HoldfastError('ROTATION_FAILED', 'The server does not accept the password of the current version.');
      logger.info(`The former password works for another ${settings.overlap} s.`);
      await sleep(settings.overlap * 1000, signal);
      const stillOwn = async () => {
        await control.requireOwn();
        return stillLatest();
      };
      if (await control.admitOnly(current.password, stillOwn)) {
        logger.info('The former password no longer works.');
      } else {
        logger.info('Another rotation has begun, which ends the former password.');
      }
    },
  };

  /** A password that works shows that the secret is that user's, unless any other one works as well. */
  async function requirePassword(current: RedisSecret): Promise<void> {
    if (!(await works(current))) {
      throw new HoldfastError('ROTATION_REFUSED', 'The server does not accept the password of the current version.', {
        hint: "Set the server's password to the one in the secret, or the other way around; then rotate again.",
      });
    }
    if (!(await works({ ...current, password: generatePassword() }))) return;
    throw new HoldfastError(
      'ROTATION_REFUSED',
      'The server accepts any password, so the one in the secret proves nothing.',
      {
        hint: 'Take nopass from the user (ACL SETUSER … resetpass), and give it the password of the secret.',
      },
    );
  }
}
