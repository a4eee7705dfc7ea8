/** `holdfast restore`: a backup into a database of the user's. */
import { Option, type Command } from 'commander';
import { all, collect, duration, listOf, signInOptions } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { RestoreOptions } from './action.js';

const SKIP_KINDS = all<NonNullable<RestoreOptions['skip']>[number]>({
  'event-triggers': true,
  publications: true,
  subscriptions: true,
  extensions: true,
  comments: true,
  'security-labels': true,
  casts: true,
  transforms: true,
  languages: true,
  'operator-classes': true,
  'foreign-data': true,
  'user-mappings': true,
  'system-privileges': true,
});
const skipKinds = listOf(SKIP_KINDS);

export function addRestoreCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('restore')
    .argument('<backup>', 'orders, orders@latest, orders@2026-11-22, orders@2026-11-22T03:00:00Z, or a key')
    .summary('restore a backup, or a part of one')
    .description(
      'Restores a backup into an empty database in one transaction: a failure before the commit leaves nothing. Then runs ANALYZE, and lists the roles without a password. With --table or --schema the target may hold other objects; only what would collide is refused.',
    )
    .requiredOption(
      '--to <target>',
      'the database to restore into: its name in the config, or a URL without a password; - reads the URL from standard input',
    )
    .option('--create', "make the database first, with the backup's encoding, locale and settings")
    .option('--globals', "make the backup's roles first, where they are missing (without passwords)")
    .option(
      '--no-owner',
      'objects belong to the restoring role; needs no role of the backup: what is granted to one that is missing is left out',
    )
    .option('--no-privileges', 'leave out grants and default privileges')
    .option('--no-tablespaces', "put everything into the database's own tablespace")
    .option('--role <name>', 'act as this role: what is restored without its owner belongs to it')
    .option('--skip <kinds>', `leave out kinds of objects, separated by commas: ${SKIP_KINDS.join(', ')}`, skipKinds)
    .addOption(
      new Option('--extensions <how>', 'existing: take extensions as the target has them, and create none').choices([
        'existing',
      ]),
    )
    .option(
      '--table <schema.table>',
      "only this table, view or sequence, with all that belongs to it; without a schema, in the backup's search path; repeatable",
      collect,
    )
    .option('--schema <name>', 'only what lies in this schema; repeatable', collect)
    .addOption(
      new Option('--data-only', 'only rows and values of sequences, into tables that are there').conflicts(
        'schemaOnly',
      ),
    )
    .option('--schema-only', 'only definitions, no rows')
    .option('--into-schema <name>', 'put what is chosen into this schema')
    .addOption(
      new Option('--triggers <what>', 'with --data-only: what happens to triggers of the tables').choices([
        'fire',
        'disable',
      ]),
    )
    .option('--trigger-search-path <schemas>', "with --triggers fire: the search path (default: the tables' owner's)")
    .option('--append', 'with --data-only: add the rows to tables that have some')
    .option('--check', 'fingerprint the target afterwards, and compare it with the backup')
    .option(
      '--allow-unpatched-psql',
      'accept a psql through which a hostile dump could run commands (CVE-2025-8714), if there is no other',
    )
    .option(
      '--trust-target',
      'let code that others own in the target run with your rights: triggers, checks, defaults, event triggers',
    )
    .option('--max-duration <time>', 'end a restore that takes longer: 90m, 4h (default: by size)', duration)
    .option('--dry-run', 'check the target, say what would be done, change nothing')
    .option('--yes', 'take the newest backup without asking, even if its proof is bad or it is empty')
    .addHelpText('after', HELP);
  for (const option of signInOptions()) command.addOption(option);
  command.action((spec: string, _options: unknown, self: Command) =>
    run(self, async (session) =>
      (await import('./action.js')).restore(session, spec, self.optsWithGlobals<RestoreOptions>()),
    ),
  );
}

const HELP = `
The password comes from PGPASSWORD, a passfile, or the URL on standard input.

The newest backup is taken without asking if nothing speaks against it. If its proof is bad, or it is empty while an
older one is not, holds far less than the previous one, or is of another source, the newest proven one and a newer sound
one are named, and --yes or an answer is needed. A backup named by its key or its exact time is taken, with a note.

A restore that takes longer than --max-duration is ended, with its session on the server, and rolled back. Without it: 1h,
10m more for each GiB of plain SQL and 1m more for each 1,000 entries, at most 7d.

A restore into a database that is there runs its triggers, checks, defaults and index expressions, and what is restored
may call its functions. Where a role owns them that could not act as yours anyway, that role would get your rights, a
superuser's if you sign in as one: such a target is refused. Sign in as the owner, or give --trust-target.

Names in --table and --schema are exact, without wildcards, and upper and lower case count. A name that holds a dot or a
quote goes between double quotes: --table '"My.Schema"."orders"'. A table comes with its rows, columns, sequences,
constraints, indexes, triggers, policies, comments and grants, and with its partitions. --dry-run lists all of it, and
what is left out or taken from the target. docs/reference/restore.md has the rules.

Examples:
  holdfast restore orders --to postgres://admin@localhost/orders_copy --create --globals --check
  holdfast restore orders@2026-11-22 --to postgres://admin@localhost/empty --no-owner
  holdfast restore orders --table shop.items --to postgres://admin@localhost/live --into-schema rescue --check
  holdfast restore orders --table shop.items --data-only --to postgres://admin@localhost/live

What comes after the commit (privileges that the target has added, ANALYZE, --check) undoes nothing: if it fails or
is interrupted, the data is in the target, and what is missing is reported.

Exit status: 0 restored · 1 failed, and the target is as before; or restored, and ANALYZE or the comparison of
  privileges failed · 2 no such backup, wrong usage or config · 3 restored, and --check found differences · 4 restored, and --check
  could not finish · 130 interrupted: the target is as before, unless it is said to be restored
`;
