/** `holdfast backup`: dumps databases into the vault. */
import { Option, type Command } from 'commander';
import { COMPRESSIONS, HIGHEST_LEVELS } from '../../../syntax/compression.js';
import {
  byteRate,
  collect,
  compressionLevel,
  duration,
  jobs,
  signInOptions,
  wholeNumber,
} from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { BackupOptions } from './action.js';

export function addBackupCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('backup')
    .argument('[db...]', 'databases of the config, by name')
    .summary('dump databases into the vault')
    .description(
      'Dumps databases with pg_dump, compresses and fingerprints the stream, and stores it. A backup exists as a whole or not at all.',
    )
    .option('--all', 'all databases of the config, discovered ones included')
    .option('--url <url>', 'a database by its libpq URL, without a password; - reads it from standard input')
    .option('--name <name>', "what the database of --url is called in the vault (default: the URL's database)")
    .addOption(new Option('--compression <method>', "default: the config's, else gzip").choices(COMPRESSIONS))
    .option('--level <n>', `of the compression: ${LEVELS}`, compressionLevel)
    .option('--schema <pattern>', 'only these schemas; repeatable', collect)
    .option('--exclude-table-data <pattern>', 'tables to dump without their rows; repeatable', collect)
    .option('--no-derived', 'take no fingerprints of stored generated columns and materialized views')
    .option('--max-duration <time>', 'stop a backup that takes longer: 90m, 1h30m', duration)
    .option('--lock-wait-timeout <time>', 'how long to wait for a lock on a table (default: 60s)', duration)
    .option(
      '--jobs <n>',
      "sessions that read large tables beside pg_dump, or auto (default: the config's, else 1)",
      jobs,
    )
    .option('--give-way <time>', 'end a backup that a session of the source has waited for so long: 5s, 1m', duration)
    .option('--max-rate <bytes>', 'read at most so much in a second: 20MB, 512KiB (default: no limit)', byteRate)
    .option('--concurrency <n>', "databases at once (default: the config's, else 2)", wholeNumber(1, 64))
    .option('--create-vault', 'make a directory a vault first that does not exist yet or is empty')
    .option('--dry-run', 'check source and vault, show what would be done, leave nothing behind')
    .addHelpText('after', HELP);
  for (const option of signInOptions()) command.addOption(option);
  command.action((names: string[], _options: unknown, self: Command) =>
    run(self, async (session) =>
      (await import('./action.js')).backup(session, names, self.optsWithGlobals<BackupOptions>()),
    ),
  );
}

const LEVELS = `1 to ${HIGHEST_LEVELS.gzip} for gzip, 1 to ${HIGHEST_LEVELS.zstd} for zstd`;

const HELP = `
Passwords come from PGPASSWORD, a passfile, a secret in Secrets Manager, or HOLDFAST_URL, which stands for --url where
neither databases nor --all are given. A secret that says everything needs no URL. Options win over the config.

Examples:
  holdfast backup --all
  holdfast backup orders billing --concurrency 1
  holdfast backup --url postgres://dumper@db.example.com/orders --vault file:///srv/vault
  holdfast backup orders --exclude-table-data 'audit.*' --dry-run
  holdfast backup --secret arn:aws:secretsmanager:us-east-1:111122223333:secret:orders --vault s3://backups

A directory takes backups only once it is known as a vault: run \`holdfast vault init\` once. So a path that was mistyped,
or is not mounted, is refused. With --create-vault an empty directory, or one that does not exist, becomes a vault without
anybody having looked: that is not for a mount point, nor for every night. Buckets need no marker.

A backup that holds far less than the previous one is stored with a warning; where the config says so, the exit status
is then 3 (volume.onDrop: fail).

Exit status: 0 all stored · 1 at least one failed · 2 wrong usage or config ·
  3 all stored, and one holds far less than the previous one · 130 interrupted; nothing half-written
`;
