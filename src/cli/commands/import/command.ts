/** `holdfast import`: takes a dump that others made into the vault. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { COMPRESSIONS } from '../../../syntax/compression.js';
import { foreignOptions } from '../../inputs/foreign-options.js';
import { compressionLevel } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { ImportOptions } from './action.js';

export function addImportCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('import')
    .argument('<file>', 'what pg_dump wrote: a file, a folder, or - for standard input')
    .summary('take a dump that others made into the vault')
    .description(
      'Stores a dump that others made as a backup: plain SQL, custom, directory or tar format, also compressed by gzip, zstd or lz4. It is stored as plain SQL in segments; the manifest names the original with its format and SHA-256. A dump that is not whole is not stored.',
    )
    .option('--name <name>', 'what its database is called in the vault (default: what an archive says)')
    .addOption(
      new Option(
        '--taken-at <moment>',
        'when it was taken, as 2026-11-22T03:00:00Z (default: what an archive says, else the time of the file)',
      ).argParser(moment),
    )
    .addOption(new Option('--compression <method>', 'in the vault').choices(COMPRESSIONS).default('gzip'))
    .option('--level <n>', 'of the compression', compressionLevel)
    .addOption(
      new Option(
        '--unconfined',
        'run pg_restore on an archive with the rights of the user that runs this, network and files included',
      ),
    )
    .addHelpText('after', HELP);
  for (const option of foreignOptions()) command.addOption(option);
  command.action((file: string, _options: unknown, self: Command) =>
    run(self, async (session) =>
      (await import('./action.js')).importFile(session, file, self.optsWithGlobals<ImportOptions>()),
    ),
  );
}

function moment(text: string): Date {
  const found = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(found.getTime()))
    return found;
  throw new InvalidArgumentError('Give a moment with its zone: 2026-11-22T03:00:00Z.');
}

const HELP = `
What the dump says of itself (versions, database, time) is recorded as claimed. Roles and settings are not in it: a restore
needs the roles that it refers to, and \`show\` names them. The backup is unproven until \`holdfast verify\` has proven it.

Examples:
  holdfast import ./orders.dump --vault file:///srv/vault
  holdfast import /srv/old/orders_20240105.sql.gz --name orders --taken-at 2024-01-05T03:00:00Z
  aws s3 cp s3://old/orders.sql.xz - | xz -dc | holdfast import - --name orders --taken-at 2024-01-05T03:00:00Z

Exit status: 0 stored · 1 failed, or no whole dump of one database: nothing is stored · 2 wrong usage or config ·
  130 interrupted; nothing half-written
`;
