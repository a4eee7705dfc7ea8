/**
 * The one registry of coded errors, and the class that carries them.
 *
 * A message says what was being done, the value received and what to change; the registry adds
 * the exit code, whether a retry can help, and a general next step. Messages never hold secrets.
 *
 * Above 400 lines because it is one registry: a code, its exit status and its hint are read side by side.
 */
import type { ErrorDetails } from './error-details.js';

/** What every error of one code has in common. */
export interface ErrorDefinition {
  /** Process exit status: 1 failed, 2 wrong usage or config, 4 incomplete, 130 interrupted. */
  readonly exitCode: 1 | 2 | 4 | 130;
  /** Whether the same call may succeed later without a change by the user. */
  readonly retryable: boolean;
  /** The next step, in one sentence; an error may carry a more exact one. */
  readonly hint: string;
}

function define<T extends Record<string, ErrorDefinition>>(registry: T): T {
  return registry;
}

/** Every code that Holdfast can report; `docs/reference/errors.md` is generated from it. */
export const errorRegistry = define({
  // Usage and configuration
  USAGE: { exitCode: 2, retryable: false, hint: 'Run the command with --help to see what it takes.' },
  PASSWORD_ON_COMMAND_LINE: {
    exitCode: 2,
    retryable: false,
    hint: 'Other users can read argument lists. Give the password in PGPASSWORD, a passfile or HOLDFAST_URL, or give the URL on standard input (--url -).',
  },
  URL_INVALID: {
    exitCode: 2,
    retryable: false,
    hint: 'Write it as libpq does: postgres://user@host:5432/dbname?sslmode=verify-full.',
  },
  CONFIG_INVALID: { exitCode: 2, retryable: false, hint: 'Correct the values named above.' },
  CONFIG_NOT_FOUND: {
    exitCode: 2,
    retryable: false,
    hint: 'Give --config FILE, or create a config: `holdfast init`.',
  },
  CONFIG_EXISTS: {
    exitCode: 2,
    retryable: false,
    hint: 'Nothing was overwritten. Give another name with --output, or move the file away first.',
  },
  TEMPLATE_INVALID: {
    exitCode: 2,
    retryable: false,
    hint: 'Give a cloud assembly (cdk.out), or CloudFormation templates in JSON.',
  },
  WAIVERS_INVALID: {
    exitCode: 2,
    retryable: false,
    hint: 'Nothing was audited. docs/reference/audit.md has the format: a list under waivers, in YAML or JSON.',
  },
  BASELINE_INVALID: {
    exitCode: 2,
    retryable: false,
    hint: 'Give the output of an earlier `holdfast audit --json` of the same kind.',
  },
  OUTPUT_FAILED: { exitCode: 1, retryable: false, hint: "Check the directory's owner, mode and free space." },
  DATABASE_NAME_TAKEN: {
    exitCode: 1,
    retryable: false,
    hint: 'Add an entry for it to databases, with a name of its own, or leave it out by discover.exclude.',
  },
  DATABASE_NAME_UNUSABLE: {
    exitCode: 1,
    retryable: false,
    hint: 'Rename it (ALTER DATABASE … RENAME TO …), or leave it out by discover.exclude, where ? stands for any character.',
  },
  UNKNOWN_DATABASE: { exitCode: 2, retryable: false, hint: 'Use a name from the config, or give --url and --name.' },
  BACKUP_DOUBTFUL: { exitCode: 2, retryable: false, hint: 'Name another backup exactly, or take this one with --yes.' },
  SOURCE_DIFFERS: {
    exitCode: 2,
    retryable: false,
    hint: 'Give another --name; if the database has moved, accept that first: `holdfast accept NAME --db-name NEW --yes`.',
  },
  UNKNOWN_BACKUP: { exitCode: 2, retryable: false, hint: 'Run `holdfast list` to see what the vault holds.' },
  INTERRUPTED: { exitCode: 130, retryable: true, hint: 'Nothing was left half-written; run the command again.' },
  TOO_FEW_DESCRIPTORS: {
    exitCode: 1,
    retryable: true,
    hint: 'Raise the limit on open files, for example with `ulimit -n 1024`, and run the command again.',
  },
  OUT_OF_MEMORY: {
    exitCode: 1,
    retryable: false,
    hint: 'Run it where more memory is free, or raise the limit: NODE_OPTIONS=--max-old-space-size=8192 (MiB). A single value, statement or document larger than 512 MiB cannot be read as text.',
  },
  INTERNAL: {
    exitCode: 1,
    retryable: false,
    hint: 'This is a defect in Holdfast. Please report it with the output of the same command run with --verbose.',
  },

  // Programs and processes
  PROGRAM_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Install it (Debian: apt-get install postgresql postgresql-client), or point HOLDFAST_PG_BIN at its directory.',
  },
  PROGRAM_FAILED: { exitCode: 1, retryable: true, hint: "The program's message is above." },
  CLIENT_TOO_OLD: {
    exitCode: 1,
    retryable: false,
    hint: "pg_dump refuses servers newer than itself: install client programs of the server's major version or newer.",
  },

  // Databases
  CONNECT_FAILED: {
    exitCode: 1,
    retryable: true,
    hint: 'Check the host, the port, the database name, and that the server admits this client (pg_hba.conf, security group).',
  },
  LOGIN_TRIGGER_FAILED: {
    exitCode: 1,
    retryable: false,
    hint: 'An event trigger of that database runs at each login, and failed or refused this one. Let it admit this role, or disable it (ALTER EVENT TRIGGER … DISABLE); sessions of a superuser begin with event_triggers=off, and fire none.',
  },
  SESSION_UNSAFE: {
    exitCode: 1,
    retryable: false,
    hint: 'Nothing was done. Connect as a role that may only read (`holdfast policy database` prints its SQL), or directly to the server.',
  },
  TARGET_UNSAFE: {
    exitCode: 1,
    retryable: false,
    hint: 'Nothing was changed. Sign in as the owner of that code instead of a superuser, or restore into a database of its own (--create). If you trust whoever owns the code with all of your rights, give --trust-target.',
  },
  AUTHENTICATION_FAILED: { exitCode: 1, retryable: false, hint: 'Check the user and the password or token.' },
  DATABASE_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Check the database name; `psql -l` lists the existing databases.',
  },
  SECRET_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Check the ARN (`aws secretsmanager describe-secret`), its region, and that the secret has a current value.',
  },
  SECRET_DENIED: {
    exitCode: 1,
    retryable: false,
    hint: "The identity needs secretsmanager:GetSecretValue on the secret's complete ARN (a partial one ends in -??????), and across accounts, the secret's policy must allow it too.",
  },
  SECRET_INVALID: {
    exitCode: 1,
    retryable: false,
    hint: 'Store JSON in it: {"username": "…", "password": "…"}, and optionally engine, host, port and dbname.',
  },
  SECRET_UNREADABLE: {
    exitCode: 1,
    retryable: true,
    hint: 'Check that Secrets Manager can be reached from here (network, interface endpoint, AWS_ENDPOINT_URL).',
  },
  PREFLIGHT_FAILED: { exitCode: 1, retryable: false, hint: 'The remedy is given with each problem above.' },
  QUERY_FAILED: { exitCode: 1, retryable: true, hint: "The server's message is above." },

  // Dumps
  DUMP_FAILED: { exitCode: 1, retryable: true, hint: 'No backup was stored. The message from pg_dump is above.' },
  DUMP_TRUNCATED: {
    exitCode: 1,
    retryable: true,
    hint: "The stream ended before pg_dump's closing line, so no backup was stored.",
  },
  DUMP_MALFORMED: {
    exitCode: 1,
    retryable: false,
    hint: 'The stream is not what pg_dump writes. If pg_dump did write it, please report this as a defect.',
  },
  DUMP_UNRECOGNIZED: {
    exitCode: 1,
    retryable: false,
    hint: 'Give what pg_dump wrote for one database: plain SQL, or an archive (custom, directory, tar), also compressed by gzip, zstd or lz4.',
  },
  DUMP_TOO_LARGE: {
    exitCode: 1,
    retryable: false,
    hint: 'A few bytes can inflate without end, so there is a limit. If you trust the file, raise the limit: --max-size, --max-ratio.',
  },
  ARCHIVE_UNREADABLE: {
    exitCode: 1,
    retryable: false,
    hint: "pg_restore's own message is above. Nothing was stored.",
  },
  DUMP_OVERTAKEN: {
    exitCode: 1,
    retryable: true,
    hint: 'pg_dump reads some definitions as they are now and not as its snapshot has them: what is dropped meanwhile, as REINDEX CONCURRENTLY drops an index, is then missing from the dump. No backup was stored; run it again when nobody does that.',
  },
  DUMP_TIMEOUT: {
    exitCode: 1,
    retryable: true,
    hint: "Raise --max-duration, or find what blocks the dump: SELECT * FROM pg_stat_activity WHERE wait_event_type = 'Lock'.",
  },
  GAVE_WAY: {
    exitCode: 1,
    retryable: true,
    hint: 'No backup was stored. Run it at a quieter time, or raise --give-way; pg_stat_activity shows who waits for locks.',
  },
  COMPRESSION_FAILED: { exitCode: 1, retryable: true, hint: "The compressor's message is above." },

  // AWS
  AWS_CREDENTIALS: {
    exitCode: 1,
    retryable: false,
    hint: 'Sign in (aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID …), or name a profile or roleArn for the account in the config.',
  },
  AWS_WRONG_ACCOUNT: {
    exitCode: 2,
    retryable: false,
    hint: 'Use credentials of the account that the config names: set its profile or roleArn there, or AWS_PROFILE.',
  },
  AWS_REGION_MISSING: { exitCode: 2, retryable: false, hint: 'Add region to the config, or set AWS_REGION.' },
  AWS_DENIED: { exitCode: 1, retryable: false, hint: 'Ask for the permission named above, or use another role.' },
  AWS_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Check the name and the account, or set it up: `holdfast deploy`.',
  },
  AWS_FAILED: { exitCode: 1, retryable: true, hint: 'The message from AWS is above.' },
  BUILD_RUNNING: {
    exitCode: 1,
    retryable: true,
    hint: 'A project runs one backup at a time: wait until the running one ends.',
  },
  NOT_BOOTSTRAPPED: {
    exitCode: 1,
    retryable: false,
    hint: 'Prepare the account for the CDK once: npx cdk bootstrap aws://ACCOUNT/REGION.',
  },
  CDK_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Install the CDK beside Holdfast: `npm install aws-cdk-lib constructs`. From version 7 on, npm does this by itself unless legacy-peer-deps is set.',
  },
  SYNTH_FAILED: { exitCode: 1, retryable: false, hint: 'Correct the problem named above; nothing was deployed.' },
  DEPLOY_FAILED: {
    exitCode: 1,
    retryable: false,
    hint: 'CloudFormation has rolled back its changes; correct the cause named above, and deploy again.',
  },
  RESOURCES_EXIST: {
    exitCode: 2,
    retryable: false,
    hint: 'Nothing was changed. Do what stands beside each, and deploy again.',
  },
  DATA_AT_RISK: {
    exitCode: 2,
    retryable: false,
    hint: 'Nothing was changed. Take the change back, or move the data first and deploy with --replace ID.',
  },
  STACK_PROTECTED: {
    exitCode: 1,
    retryable: false,
    hint: 'Nothing was deleted. If this is the right stack, --lift-protection removes the protection.',
  },
  APPROVAL_NEEDED: {
    exitCode: 2,
    retryable: false,
    hint: 'Run it in a terminal to be asked.',
  },
  DECLINED: { exitCode: 1, retryable: false, hint: 'Nothing was changed.' },

  // Vault
  VAULT_URL_INVALID: { exitCode: 2, retryable: false, hint: 'Write file:///absolute/dir or s3://bucket/prefix.' },
  VAULT_UNMARKED: {
    exitCode: 1,
    retryable: false,
    hint: 'Check the URL, and whether its disk is mounted. If both are right, mark it as a vault once: `holdfast vault init`.',
  },
  VAULT_MARKER_INVALID: {
    exitCode: 1,
    retryable: false,
    hint: 'If a newer Holdfast wrote it, upgrade this one. If it was damaged, find out how, remove it, and run `holdfast vault init`: the backups are not touched.',
  },
  VAULT_NESTED: {
    exitCode: 2,
    retryable: false,
    hint: 'Give the enclosing vault as --vault, or create a new one outside it.',
  },
  VAULT_UNWRITABLE: { exitCode: 1, retryable: false, hint: "Check the directory's owner, mode and free space." },
  VAULT_UNREADABLE: { exitCode: 1, retryable: true, hint: 'Check that the vault exists and that you may read it.' },
  VAULT_KEEPS: {
    exitCode: 1,
    retryable: false,
    hint: "Run it with an identity that may delete in this vault, or leave removal to the vault's expiry rules.",
  },
  OBJECT_KEY_INVALID: {
    exitCode: 2,
    retryable: false,
    hint: 'A key consists of names joined by single slashes, is at most 1024 bytes long, contains no . or .. part and does not start with a slash.',
  },
  OBJECT_EXISTS: {
    exitCode: 1,
    retryable: false,
    hint: 'A vault never overwrites an object. Another run has stored this key.',
  },
  OBJECT_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'A part of this backup is missing: use another backup, and find out what removed the part.',
  },
  OBJECT_CORRUPT: {
    exitCode: 1,
    retryable: false,
    hint: 'The stored bytes are not those that were written: use another backup, and find out what changed this one.',
  },
  MANIFEST_INVALID: {
    exitCode: 1,
    retryable: false,
    hint: 'The manifest is damaged, or was written by a newer Holdfast: upgrade, or use another backup.',
  },

  // Restore and verify
  TARGET_COLLISION: {
    exitCode: 1,
    retryable: false,
    hint: 'Drop or rename the existing objects, or restore beside them: --into-schema NAME.',
  },
  TARGET_LACKS: {
    exitCode: 1,
    retryable: false,
    hint: 'Choose it too (--table, --schema), or create it in the target first.',
  },
  TRIGGERS_UNDECIDED: {
    exitCode: 2,
    retryable: false,
    hint: 'Rows that were written once have been through them: --triggers disable turns them off until the rows are in. --triggers fire runs them, if you sign in as the owner of the tables.',
  },
  UNKNOWN_TABLE: {
    exitCode: 2,
    retryable: false,
    hint: 'Names are exact and case-sensitive: `holdfast show` lists the tables of a backup.',
  },
  TARGET_NOT_EMPTY: {
    exitCode: 1,
    retryable: false,
    hint: 'Restore into a new database (--create), or empty this one first.',
  },
  RESTORE_FAILED: {
    exitCode: 1,
    retryable: false,
    hint: 'Nothing was left in the target: the restore ran in one transaction.',
  },
  RESTORE_CUT_OFF: {
    exitCode: 1,
    retryable: true,
    hint: 'Nothing was left in the target. The server, its disk or the connection failed, not the backup: fix that, and run it again.',
  },
  COMMIT_UNKNOWN: {
    exitCode: 1,
    retryable: false,
    hint: 'First check whether the data is in the target: if it is, a second restore would run into it.',
  },
  RESTORE_UNFINISHED: {
    exitCode: 1,
    retryable: false,
    hint: 'The data is in the target; nothing has to be restored again. Find out what failed, and do the missing step by hand.',
  },
  RESTORE_UNCHECKED: {
    exitCode: 4,
    retryable: false,
    hint: 'The data is in the target but has not been compared. If you must know that it is equal, restore into a new database with --check, or prove the backup: `holdfast verify`.',
  },
  HOSTILE_DUMP: {
    exitCode: 1,
    retryable: false,
    hint: 'pg_dump writes no such command. Treat the source database and this backup as compromised.',
  },
  PSQL_UNPATCHED: {
    exitCode: 1,
    retryable: false,
    hint: 'Install a psql of 18, 17.6, 16.10, 15.14, 14.19, 13.22 or newer. For a source that you trust, holdfast restore --allow-unpatched-psql accepts this one.',
  },
  RESTORE_TIMEOUT: {
    exitCode: 1,
    retryable: true,
    hint: 'Raise --max-duration, or restoreMaxDuration in the config, if the database is that large; otherwise something in the dump never ends.',
  },
  DRILL_TIMEOUT: {
    exitCode: 1,
    retryable: true,
    hint: 'No proof was written. Raise --max-duration, or restoreMaxDuration in the config, if the database is that large; otherwise something in the dump never ends.',
  },
  THROWAWAY_DISK_FULL: {
    exitCode: 1,
    retryable: true,
    hint: 'No proof was written. Point TMPDIR at a disk that has room for the database and its indexes.',
  },
  CONFINEMENT_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: "Run it where a dump's code can be confined (docs/decisions/0016-confined-drills.md), or accept the risk: --unconfined, or trusted: true for that database in the config.",
  },
  THROWAWAY_FAILED: {
    exitCode: 4,
    retryable: true,
    hint: 'Check that a PostgreSQL server is installed and that the temporary directory (TMPDIR) has room.',
  },

  // Rotation
  ROTATION_SECRET_INVALID: {
    exitCode: 1,
    retryable: false,
    hint: 'docs/reference/rotation.md describes the format of each kind of secret.',
  },
  ROTATION_REFUSED: { exitCode: 1, retryable: false, hint: 'The current version remains current.' },
  ROTATION_OUTDATED: {
    exitCode: 1,
    retryable: true,
    hint: 'Rotate again: a new value is made from the one that is current now.',
  },
  ROTATION_DENIED: {
    exitCode: 1,
    retryable: false,
    hint: 'Grant the permission that the message names, then rotate again. The current version remains and works.',
  },
  ROTATION_FAILED: {
    exitCode: 1,
    retryable: true,
    hint: 'The current version remains and works. Rotate again once the cause is removed.',
  },
  ROTATION_STORE_FAILED: { exitCode: 1, retryable: true, hint: 'The message from Secrets Manager is above.' },
  ROTATION_VALUE_MISSING: {
    exitCode: 1,
    retryable: false,
    hint: 'Supply it on standard input: holdfast rotate NAME --supply < file.',
  },
  ROTATION_TIMEOUT: {
    exitCode: 1,
    retryable: true,
    hint: "The current version remains and works. The rotation function's log says what it is waiting for.",
  },
});

/** A code of the registry. */
export type ErrorCode = keyof typeof errorRegistry;

/** What an error of a code carries as data; nothing for most. */
export type DetailsOf<Code extends ErrorCode> = Code extends keyof ErrorDetails ? ErrorDetails[Code] : undefined;

interface ErrorOptions<Code extends ErrorCode> {
  /** The error underneath. */
  readonly cause?: unknown;
  /** A more exact next step than the registry's. */
  readonly hint?: string;
  /** What the message lists, as data; never a secret. */
  readonly details?: DetailsOf<Code>;
}

/** `details` has to be given where its code always has it. */
type ErrorArguments<Code extends ErrorCode> =
  undefined extends DetailsOf<Code>
    ? [options?: ErrorOptions<Code>]
    : [options: ErrorOptions<Code> & { readonly details: DetailsOf<Code> }];

/** An expected failure: coded, with an exit status and a next step. */
export class HoldfastError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'HoldfastError';
  readonly code: Code;
  readonly hint: string;
  readonly details: DetailsOf<Code>;

  /**
   * @param code the registry's code
   * @param message what was being done, the value received, what to change; never a secret
   */
  constructor(code: Code, message: string, ...[options = {}]: ErrorArguments<Code>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorRegistry[code].hint;
    this.details = options.details as DetailsOf<Code>;
  }

  /** As for every class; it says besides that the code of what was caught may be any. */
  static override [Symbol.hasInstance](value: unknown): value is HoldfastError {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** Whether it has this code; then `details` are those of the code. */
  is<Wanted extends ErrorCode>(code: Wanted): this is HoldfastError<Wanted> {
    const own: ErrorCode = this.code;
    return own === code;
  }

  get exitCode(): number {
    return errorRegistry[this.code].exitCode;
  }

  get retryable(): boolean {
    return errorRegistry[this.code].retryable;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js system error (`ENOENT`, `EEXIST` …), if it is one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
