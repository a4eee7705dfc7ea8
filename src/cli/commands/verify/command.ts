/** `holdfast verify`: the restore drill. */
import { Option, type Command } from 'commander';
import { foreignOptions } from '../../inputs/foreign-options.js';
import { duration, majors, signInOptions } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { VerifyOptions } from './action.js';

export function addVerifyCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('verify')
    .argument(
      '[backup...]',
      'orders, orders@latest, orders@2026-11-22, orders@2026-11-22T03:00:00Z, or a key; or a file, as ./orders.dump, or - for standard input',
    )
    .summary('restore a backup into a throwaway server, compare, write the proof')
    .description(
      'The restore drill: restores a backup into a throwaway PostgreSQL, compares it entry by entry with what was dumped, and writes the proof beside it.',
    )
    .option('--all', 'the newest complete backup of each database in the vault')
    .option(
      '--server <url>',
      'drill in a new database on this server instead, and drop it; - reads the URL from standard input',
    )
    .addOption(
      new Option('--major <versions>', 'restore into servers of these majors: 17, or 17,18 (rehearses an upgrade)')
        .argParser(majors)
        .conflicts('server'),
    )
    .option('--max-duration <time>', 'end a drill that takes longer: 90m, 4h (default: by size)', duration)
    .addOption(
      new Option(
        '--unconfined',
        'run the code of the dump with the rights of the user that runs this, network and files included',
      ).conflicts('server'),
    )
    .addHelpText('after', HELP);
  for (const option of [...foreignOptions(), ...signInOptions()]) command.addOption(option);
  command.action((specs: string[], _options: unknown, self: Command) =>
    run(self, async (session) =>
      (await import('./action.js')).verify(session, specs, self.optsWithGlobals<VerifyOptions>()),
    ),
  );
}

const HELP = `
Verdicts: proven · restores (into another major than the source's; meets no objective for proofs) ·
  differs (what differs is named) · unreadable (the stored objects are damaged) ·
  incomplete (something that the backup needs is not installed here, as an extension)

A dump is code. On a server of its own it is confined: no network, no files and no processes of others. Where the machine
cannot do that, nothing is restored (docs/decisions/0016-confined-drills.md). A server of --server is yours: what the
dump's owner wrote runs there, with the rights of the role that signs in.

A drill that takes longer than --max-duration fails, and the others go on. Without it: 1h, 10m more for each GiB of
plain SQL and 1m more for each 1,000 entries, at most 7d.

A file is any dump that pg_dump wrote of one database: plain SQL, custom, directory or tar format, also compressed by gzip,
zstd or lz4. It is restored and compared with what it holds itself; no vault is needed, and no proof is written. What is
written as a path (/srv/x, ./x, ../x), and a file of that name with a dot in it, is a file; whatever else, a backup.

Examples:
  holdfast verify orders
  holdfast verify ./orders.dump /srv/old/billing.sql.gz
  holdfast verify --all --vault file:///srv/vault --json
  holdfast verify orders --major 17,18

A verdict that cannot be stored as a proof is printed, with the reason.

Exit status: 0 all proven, or restored into another major · 1 failed, or a good verdict was not stored · 2 no such backup, wrong usage or config ·
  3 one differs or is unreadable, stored or not · 4 one is incomplete · 130 interrupted; a verdict that was reached is
  printed
`;
