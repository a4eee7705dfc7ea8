/** `holdfast policy`: the exact policies, for those who set things up by hand or check what somebody else has set up. */
import { Argument, type Command } from 'commander';
import { all } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { Kind, PolicyOptions } from './action.js';
import { DEFAULT_DUMP_ROLE } from './default-dump-role.js';

const KINDS = all<Kind>({ bucket: true, key: true, role: true, database: true });

export function addPolicyCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('policy')
    .addArgument(
      new Argument('<kind>', "of the vault's bucket or key, of a backup's role, or the SQL of a dump role").choices(
        KINDS,
      ),
    )
    .argument('[db]', 'whose role it is, for role and database; a discovered one as its server calls it')
    .summary('print the exact policies and SQL that backups need')
    .description(
      'Prints the policy that `holdfast deploy` would set, as JSON for AWS; for `database` the SQL of a role that has what a dump needs, and no right to write of its own: one transaction for psql in that database, which creates the role, and refuses one that it did not create.',
    )
    .option('--compare', 'compare it with the policy in force on AWS, statement by statement')
    .option('--role <name>', `what the dump role is called (default: the config's user, else ${DEFAULT_DUMP_ROLE})`)
    .addHelpText('after', HELP)
    .action((kind: Kind, database: string | undefined, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).policy(session, kind, database, self.optsWithGlobals<PolicyOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Examples:
  holdfast policy bucket > bucket-policy.json
  holdfast policy key --compare
  holdfast policy role orders
  holdfast policy database orders | psql "$ADMIN_URL_OF_ORDERS"
  holdfast policy database orders --role dumper     needs no config

Exit status: 0 printed, or equal · 1 failed · 2 wrong usage or config · 3 the live policy differs, with --compare
`;
