/** Access with the password of a secret in Secrets Manager. */
import pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { ConnectionTarget } from '../../syntax/libpq/connection-target.js';
import { plainLauncher } from '../client-launcher.js';
import { openAccess, type DatabaseAccess } from '../connection.js';
import type { ConnectOptions } from '../session.js';
import type { ResolvedTarget } from '../target-defaults.js';
import { parseDatabaseSecret, type DatabaseSecret } from './database-secret.js';
import { fetchSecret } from './fetch-secret.js';

export interface SecretAccessOptions {
  /** With or without the six characters that Secrets Manager appends. */
  readonly arn: string;
  /** It takes precedence; the secret fills in the host, port, user and database that it leaves open. */
  readonly target: ConnectionTarget;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the secret once. It is read again if the server refuses the password, because it may have been rotated since.
 *
 * @throws HoldfastError SECRET_MISSING, SECRET_DENIED, SECRET_INVALID, SECRET_UNREADABLE; CONFIG_INVALID where nothing
 *   names a host; URL_INVALID; the signal's error
 */
export async function openSecretAccess(options: SecretAccessOptions): Promise<DatabaseAccess> {
  const login = new Login(options);
  await login.read();
  return new SecretAccess(login, (access) => access);
}

/**
 * The target, with the secret filling in what it leaves open.
 *
 * @throws HoldfastError CONFIG_INVALID where nothing names a host
 */
export function withSecret(target: ConnectionTarget, secret: DatabaseSecret, env: NodeJS.ProcessEnv): ConnectionTarget {
  const host = target.host ?? secret.host;
  const elsewhere = [target.parameters.hostaddr, target.parameters.service, env.PGHOST, env.PGHOSTADDR, env.PGSERVICE];
  if (host === undefined && !elsewhere.some(Boolean)) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Connecting with the secret ${secret.arn}: neither it nor the config or the URL names a host.`,
      { hint: 'A secret that RDS manages holds only user and password: add the host to the config or the URL.' },
    );
  }
  const filled = {
    host,
    port: target.port ?? secret.port,
    user: target.user ?? secret.user,
    database: target.database ?? secret.database,
  };
  const given = Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== undefined));
  return { ...target, ...given };
}

/** The login that one secret gives; shared by the accesses to all databases of its server. */
class Login {
  #secret: DatabaseSecret | undefined;
  #access: DatabaseAccess | undefined;
  #reading: Promise<void> | undefined;

  constructor(readonly options: SecretAccessOptions) {}

  get access(): DatabaseAccess {
    if (!this.#access) throw new HoldfastError('INTERNAL', 'The secret was used before it was read.');
    return this.#access;
  }

  async read(): Promise<void> {
    const { arn, target, env, signal } = this.options;
    const secret = parseDatabaseSecret(await fetchSecret(arn, { env, signal }));
    this.#access = await openAccess({
      target: withSecret(target, secret, env),
      authentication: { kind: 'password', password: secret.password },
      env,
    });
    this.#secret = secret;
  }

  /** Reads the secret again unless that has already been done since; false if it is unchanged. */
  async renew(refused: DatabaseAccess): Promise<boolean> {
    if (this.#access !== refused) return true;
    const before = this.#secret;
    // Several sessions that are refused at the same time share one read.
    this.#reading ??= this.read().finally(() => (this.#reading = undefined));
    await this.#reading;
    return this.#secret?.password.reveal() !== before?.password.reveal() || this.#secret?.user !== before?.user;
  }

  /** The refusal of a password that is still the secret's. */
  refusal(error: HoldfastError): HoldfastError {
    const { arn = '', user } = this.#secret ?? {};
    const used = this.access.target.user;
    const hint =
      user !== undefined && user !== used
        ? `The password in the secret ${arn} is that of ${user}, but the login was as ${used}: leave the user out of the config and the URL.`
        : `The password is that of the secret ${arn}, which was read again after the refusal. If it is being rotated right now, try again in a minute; otherwise correct the secret.`;
    return new HoldfastError('AUTHENTICATION_FAILED', error.message, { cause: error.cause, hint });
  }
}

class SecretAccess implements DatabaseAccess {
  readonly launch = plainLauncher;
  readonly #login: Login;
  readonly #in: (access: DatabaseAccess) => DatabaseAccess;

  /** @param inPlace makes another place of the login's own, or another role */
  constructor(login: Login, inPlace: (access: DatabaseAccess) => DatabaseAccess) {
    this.#login = login;
    this.#in = inPlace;
  }

  get target(): ResolvedTarget {
    return this.#in(this.#login.access).target;
  }

  describe(): string {
    return this.#in(this.#login.access).describe();
  }

  async connect(options: ConnectOptions = {}): Promise<pg.Client> {
    const used = this.#login.access;
    try {
      return await this.#in(used).connect(options);
    } catch (error) {
      if (!isPasswordRefusal(error)) throw error;
      if (!(await this.#login.renew(used))) throw this.#login.refusal(error);
    }
    return this.#in(this.#login.access)
      .connect(options)
      .catch((error: unknown) => {
        throw isPasswordRefusal(error) ? this.#login.refusal(error) : error;
      });
  }

  childTarget(): Promise<ResolvedTarget> {
    return this.#in(this.#login.access).childTarget();
  }

  /**
   * A child that is refused says so in the server's language. So we try the login ourselves first, and read the secret
   * again if it is refused.
   */
  async childEnvironment(): Promise<Record<string, string>> {
    try {
      const client = await this.connect({ signal: this.#login.options.signal });
      await client.end();
    } catch (error) {
      // Anything other than a refusal is left to the child to report: it may connect in another way, or a moment later.
      if (!(error instanceof HoldfastError) || error.code !== 'CONNECT_FAILED') throw error;
    }
    return this.#in(this.#login.access).childEnvironment();
  }

  withDatabase(name: string): DatabaseAccess {
    return new SecretAccess(this.#login, (access) => this.#in(access).withDatabase(name));
  }

  withRole(name: string): DatabaseAccess {
    return new SecretAccess(this.#login, (access) => this.#in(access).withRole(name));
  }
}

function isPasswordRefusal(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.cause instanceof pg.DatabaseError && error.cause.code === '28P01';
}
