/** Runbook 1.2: the secrets, made before what uses them. No value stands in a template. */
import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ROTATION_TAG } from '../../../policies/index.js';
import { acknowledge } from '../acknowledge.js';
import { DataSecret } from './data-secret.js';

/** Names in Secrets Manager. */
export interface DataSecretNames {
  readonly databaseUser: string;
  readonly backupUser: string;
  readonly apiKeys: string;
  readonly encryptionKey: string;
  readonly redisAuth: string;
}

export interface DataSecretsProps {
  readonly encryptionKey: IKey;
  /** @default CloudFormation's */
  readonly secretNames?: Partial<DataSecretNames>;
  /** The application's user in the database. @default 'app' */
  readonly databaseUsername?: string;
  /** The role that dumps for Holdfast. @default 'holdfast_backup' */
  readonly backupUsername?: string;
  /** The application's user in the cache: the same as the cache's `username`. @default 'app' */
  readonly redisUsername?: string;
  /** The database that the application's user belongs to. @default 'postgres' */
  readonly databaseName?: string;
  /** Whether there is a database; without one its user's secret is not made. @default true */
  readonly database?: boolean;
  /** Whether the role that dumps for Holdfast signs in with a password of its own. @default false */
  readonly backupUser?: boolean;
  /** Whether there is a cache, and how clients sign in to it. @default 'users' */
  readonly redis?: RedisSignIn | false;
  /** Secrets besides the runbook's, whose values are supplied by hand: description by name. @default none */
  readonly supplied?: Readonly<Record<string, string>>;
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** `users`: a user with a password in a user group. `auth-token`: the one token of Redis AUTH. */
export type RedisSignIn = 'users' | 'auth-token';

/** What the application's user is called in the database and in the cache, unless a name is given. */
export const DEFAULT_USERNAME = 'app';
const DEFAULT_BACKUP_USERNAME = 'holdfast_backup';

const PASSWORD_LENGTH = 40;
const REDIS_PASSWORD_LENGTH = 64;

/** The secrets of the data layer, each encrypted with the data key. */
export class DataSecrets extends Construct {
  /** The application's user: `{engine, username, password, dbname}`; the cluster adds host and port. */
  readonly databaseUser: DataSecret | undefined;
  /** The role that dumps: in the same form. */
  readonly backupUser: DataSecret | undefined;
  /** Has no value until one is supplied. */
  readonly apiKeys: DataSecret;
  /** `{key, encoding: "hex"}`: 32 random bytes, as 64 hexadecimal digits. */
  readonly encryptionKey: DataSecret;
  /** `{username, password}`, or `{authToken}`. */
  readonly redisAuth: DataSecret | undefined;
  /** By name. */
  readonly supplied: Readonly<Record<string, DataSecret>>;

  readonly #props: DataSecretsProps;

  constructor(scope: Construct, id: string, props: DataSecretsProps) {
    super(scope, id);
    this.#props = props;
    const { database = true, redis = 'users', secretNames: names = {} } = props;
    if (database) this.databaseUser = this.#applicationSecret();
    if (props.backupUser) this.backupUser = this.#backupSecret();
    this.apiKeys = this.#suppliedSecret('ApiKeys', names.apiKeys, 'API keys, as a JSON object of names and keys');
    this.encryptionKey = this.#randomBytes(names.encryptionKey);
    if (redis) this.redisAuth = this.#redisSecret(names.redisAuth, redis);
    this.supplied = Object.fromEntries(
      Object.entries(props.supplied ?? {}).map(([name, description]) => [
        name,
        this.#suppliedSecret(`Supplied-${name}`, name, description),
      ]),
    );
  }

  /** What the application's tasks read: all but the secret of the role that dumps. */
  get forTasks(): readonly DataSecret[] {
    const made = [this.databaseUser, this.apiKeys, this.encryptionKey, this.redisAuth];
    return [...made.filter((secret) => secret !== undefined), ...Object.values(this.supplied)];
  }

  /** Lets somebody read all that the application's tasks read, and decrypt it. Each secret has a `grantRead` too. */
  grantRead(grantee: IGrantable): Grant {
    const [first, ...others] = [this.apiKeys, ...this.forTasks.filter((secret) => secret !== this.apiKeys)];
    return others.reduce((grant, secret) => grant.combine(secret.grantRead(grantee)), first.grantRead(grantee));
  }

  /** What must exist before a database or a cache is made. */
  get resources(): readonly CfnSecret[] {
    return this.node.findAll().filter((construct) => construct instanceof CfnSecret);
  }

  #applicationSecret(): DataSecret {
    const { secretNames = {}, databaseUsername: username = DEFAULT_USERNAME } = this.#props;
    return this.#databaseSecret('DatabaseUser', {
      name: secretNames.databaseUser,
      description: `Database user ${username} of the application (the master user's secret is RDS's own)`,
      username,
    });
  }

  #backupSecret(): DataSecret {
    const { secretNames = {}, backupUsername: username = DEFAULT_BACKUP_USERNAME } = this.#props;
    return this.#databaseSecret('BackupUser', {
      name: secretNames.backupUser,
      description: `Database user ${username}, which dumps and does nothing else`,
      username,
    });
  }

  #databaseSecret(
    id: string,
    { username, ...named }: Pick<GeneratedSecret, 'name' | 'description'> & { readonly username: string },
  ): DataSecret {
    return this.#generated(id, {
      ...named,
      template: { engine: 'postgres', username, dbname: this.#props.databaseName ?? 'postgres' },
      field: 'password',
      length: PASSWORD_LENGTH,
    });
  }

  #redisSecret(name: string | undefined, signIn: RedisSignIn): DataSecret {
    const { redisUsername: username = DEFAULT_USERNAME } = this.#props;
    return this.#generated('RedisAuth', {
      name,
      description: signIn === 'users' ? `Redis user ${username}` : 'Redis AUTH token',
      template: signIn === 'users' ? { engine: 'redis', username } : { engine: 'redis' },
      field: signIn === 'users' ? 'password' : 'authToken',
      length: REDIS_PASSWORD_LENGTH,
    });
  }

  /**
   * The generator draws characters, and the last one of 32 bytes in base64 may only be one of sixteen. Hexadecimal
   * digits have no such rule: any 64 of them are 32 bytes, and all 2^256 keys can be drawn.
   */
  #randomBytes(name: string | undefined): DataSecret {
    return this.#generated('EncryptionKey', {
      name,
      description: 'Key of the application for encrypting fields: 32 random bytes, hexadecimal',
      template: { encoding: 'hex' },
      field: 'key',
      length: 64,
      excludeCharacters: 'ghijklmnopqrstuvwxyz',
      digitsAndLowerCaseOnly: true,
    });
  }

  #generated(id: string, options: GeneratedSecret): DataSecret {
    const secret = new DataSecret(this, id, {
      secretName: options.name,
      description: options.description,
      encryptionKey: this.#props.encryptionKey,
      removalPolicy: this.#props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      generateSecretString: {
        secretStringTemplate: JSON.stringify(options.template),
        generateStringKey: options.field,
        passwordLength: options.length,
        // No punctuation: it would have to be escaped somewhere, in a URL or a shell.
        excludePunctuation: true,
        includeSpace: false,
        excludeUppercase: options.digitsAndLowerCaseOnly,
        excludeCharacters: options.excludeCharacters,
        // Demanding one of each kind would make some values impossible.
        requireEachIncludedType: options.digitsAndLowerCaseOnly ? false : undefined,
      },
    });
    acknowledge(secret, 'secrets-rotation', 'The rotation constructs attach its schedule; the audit checks it live.');
    return secret;
  }

  #suppliedSecret(id: string, name: string | undefined, description: string): DataSecret {
    const secret = new DataSecret(this, id, {
      secretName: name,
      description,
      encryptionKey: this.#props.encryptionKey,
      removalPolicy: this.#props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    Tags.of(secret).add(ROTATION_TAG, 'manual');
    acknowledge(secret, 'secrets-rotation', 'Its value is issued by somebody else, and supplied by hand.');
    return secret;
  }
}

interface GeneratedSecret {
  readonly name: string | undefined;
  readonly description: string;
  /** What stands beside the generated field. */
  readonly template: Readonly<Record<string, string>>;
  readonly field: string;
  readonly length: number;
  readonly excludeCharacters?: string;
  readonly digitsAndLowerCaseOnly?: boolean;
}
