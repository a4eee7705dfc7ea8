/**
 * Access to one database: our own sessions, and what a PostgreSQL child process needs to reach the same place.
 */
import type pg from 'pg';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import type { Secret } from '../core/secret.js';
import { plainLauncher, type ClientLauncher } from './client-launcher.js';
import { describeTarget, type ConnectionTarget } from '../syntax/libpq/connection-target.js';
import { mintToken, requireTls } from './iam-token.js';
import { passfilePath, readPassfile, type PassfileAnswer } from './passfile.js';
import { sessionOptions } from './session-options.js';
import { connectTimeoutSeconds, openSession, type ConnectOptions } from './session.js';
import { startupOptions, type StartupGuard } from './startup-guard.js';
import { resolveTarget, type ResolvedTarget } from './target-defaults.js';

export type Authentication =
  /** The target's password, its service's, PGPASSWORD, the password file: libpq's order. */
  | { readonly kind: 'default' }
  | { readonly kind: 'password'; readonly password: Secret }
  /** None is ever given, whatever the server asks for: for servers that somebody else may be answering for. */
  | { readonly kind: 'none' }
  /** RDS IAM authentication. `region` @default AWS_REGION, otherwise from the host name */
  | { readonly kind: 'iam'; readonly region?: string | undefined };

export interface DatabaseAccess {
  /** Complete: host, port, user and database are set. */
  readonly target: ResolvedTarget;
  /** `user@host:port/database`, without a secret. */
  describe(): string;
  /**
   * The target for a PostgreSQL child process, which starts its sessions as we start ours. If there has been no session
   * yet, one is opened to find out what the server accepts.
   *
   * @throws HoldfastError as `connect` does; SESSION_UNSAFE where they would act as a role that a setting names
   */
  childTarget(): Promise<ResolvedTarget>;
  /**
   * The whole environment for one PostgreSQL child process, including the password. Each call mints an IAM token, which
   * lives 15 minutes: call it right before each start.
   *
   * @throws HoldfastError AUTHENTICATION_FAILED when no token can be minted
   */
  childEnvironment(): Promise<Record<string, string>>;
  /** How programs that use this access are started. */
  readonly launch: ClientLauncher;
  /**
   * Opens a session that the database's owner cannot influence: timeouts off, an empty search_path, and the other
   * settings that change what statements mean set as we need them. The caller ends it.
   *
   * @throws HoldfastError SESSION_UNSAFE, CONNECT_FAILED, AUTHENTICATION_FAILED, LOGIN_TRIGGER_FAILED, DATABASE_MISSING,
   *   URL_INVALID; the signal's error
   */
  connect(options?: ConnectOptions): Promise<pg.Client>;
  /** The same server and user, another database. */
  withDatabase(name: string): DatabaseAccess;
  /**
   * The same, in sessions that act as another role from their start, as `options=-c role=…` in the URL says it.
   *
   * @throws HoldfastError USAGE for a name that cannot be sent so
   */
  withRole(name: string): DatabaseAccess;
}

export interface AccessOptions {
  readonly target: ConnectionTarget;
  readonly authentication: Authentication;
  readonly env: NodeJS.ProcessEnv;
  /** @default as they are */
  readonly launch?: ClientLauncher | undefined;
}

/**
 * Completes the target according to libpq's rules. Nothing is connected yet.
 *
 * @throws HoldfastError URL_INVALID
 */
export async function openAccess(options: AccessOptions): Promise<DatabaseAccess> {
  const resolved = await resolveTarget(options.target, options.env);
  const target = options.authentication.kind === 'iam' ? requireTls(resolved) : resolved;
  return new Access(target, options.authentication, options.env, options.launch ?? plainLauncher);
}

/** What libpq and the programs need from our environment; secrets and session settings are not included. */
const INHERITED =
  /^(?:PATH|HOME|LANG|LC_\w+|TMPDIR|TZ|SYSTEMROOT|PGPASSFILE|PGSSL(?!PASSWORD)\w+|PGREQUIREAUTH|PGCHANNELBINDING|PGKRBSRVNAME|PGGSS\w+|KRB5\w+|PGSYSCONFDIR|OPENSSL_CONF|SSL_CERT_(?:FILE|DIR)|(?:LD|DYLD)_LIBRARY_PATH)$/;

class Access implements DatabaseAccess {
  readonly #authentication: Authentication;
  readonly #env: NodeJS.ProcessEnv;
  readonly #startup: StartupGuard;
  /** What the last session has shown: whom a program would act as that starts as it did. */
  #started: { readonly foreignRole: string | undefined } | undefined;

  constructor(
    readonly target: ResolvedTarget,
    authentication: Authentication,
    env: NodeJS.ProcessEnv,
    readonly launch: ClientLauncher,
    startup: StartupGuard = { level: undefined },
  ) {
    this.#authentication = authentication;
    this.#env = env;
    this.#startup = startup;
  }

  describe(): string {
    return describeTarget(this.target);
  }

  async childTarget(): Promise<ResolvedTarget> {
    if (this.#started === undefined) await (await this.connect()).end();
    const role = this.#started?.foreignRole;
    if (role !== undefined) {
      throw new HoldfastError(
        'SESSION_UNSAFE',
        `Starting a program of PostgreSQL's for ${this.describe()}: it would act as "${role}". ALTER DATABASE or ALTER ROLE … SET role says so, and a connection pooler drops the option that undoes it.`,
        { hint: 'Connect straight to the server, or have that setting taken away (ALTER DATABASE … RESET role).' },
      );
    }
    const { options, ...parameters } = this.target.parameters;
    const started = startupOptions(this.#startup, options);
    return { ...this.target, parameters: { ...parameters, ...(started === undefined ? {} : { options: started }) } };
  }

  async childEnvironment(): Promise<Record<string, string>> {
    const child: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#env)) {
      if (value !== undefined && INHERITED.test(name)) child[name] = value;
    }
    child.PGAPPNAME = 'holdfast';
    child.PGCONNECT_TIMEOUT = String(connectTimeoutSeconds(this.target));
    // With several hosts, each may have its own line in the password file: libpq then looks them up by itself.
    if (!this.target.host.includes(',') || this.#authentication.kind !== 'default' || this.target.password) {
      const { password } = await this.#password(this.target.host, this.target.port);
      if (password) child.PGPASSWORD = password.reveal();
    }
    return child;
  }

  connect(options: ConnectOptions = {}): Promise<pg.Client> {
    return openSession({
      ...options,
      target: this.target,
      home: this.#env.HOME,
      startup: this.#startup,
      onForeignRole: (foreignRole) => (this.#started = { foreignRole }),
      password: (host, port) => this.#password(host, port),
    });
  }

  withDatabase(name: string): DatabaseAccess {
    return new Access({ ...this.target, database: name }, this.#authentication, this.#env, this.launch, this.#startup);
  }

  withRole(name: string): DatabaseAccess {
    if (!/^[\x01-\x7f]+$/.test(name)) {
      throw new HoldfastError('USAGE', `The role ${quoted(name)} cannot be acted as: its name is not ASCII.`, {
        hint: 'Sign in as that role.',
      });
    }
    const { options, ...parameters } = this.target.parameters;
    const role = sessionOptions([['role', name]]);
    const target = { ...this.target, parameters: { ...parameters, options: options ? `${options} ${role}` : role } };
    return new Access(target, this.#authentication, this.#env, this.launch, this.#startup);
  }

  async #password(host: string, port: string): Promise<PassfileAnswer> {
    switch (this.#authentication.kind) {
      case 'password':
        return { password: this.#authentication.password };
      case 'none':
        return { refused: 'none is ever given to this one' };
      case 'iam':
        return { password: await mintToken(this.target, this.#authentication.region, this.#env) };
      case 'default': {
        if (this.target.password) return { password: this.target.password };
        const path = passfilePath(this.target.parameters.passfile, this.#env.HOME);
        if (!path) return {};
        const { user, database } = this.target;
        return readPassfile(path, { host, port, user, database });
      }
    }
  }
}
