/** The options that say what an audit looks at; `CollectOptions` is what they give. */
import { Option, type Command } from 'commander';
import { collect } from '../inputs/option-parsers.js';

export function addFactsOptions(command: Command): Command {
  return command
    .option('--template <dir>', 'a cloud assembly (cdk.out), a directory of templates, or one template')
    .option('--parameter <name=value>', 'a value for a parameter of the templates; repeatable', collect)
    .addOption(
      new Option('--account <which>', 'only this account of the config (default: all that it has)')
        .choices(['source', 'data-layer', 'backup'])
        .conflicts('template'),
    )
    .addOption(
      new Option(
        '--scope <scope>',
        'what to read of the account: what the config declares, or everything (default: declared with a config, else account)',
      )
        .choices(['declared', 'account'])
        .conflicts('template'),
    )
    .addOption(
      new Option(
        '--redis-secret <arn>',
        'try the cache with the credential in this secret, from a place that reaches it; GROUP=ARN for one of several; repeatable',
      )
        .argParser(collect)
        .conflicts('template'),
    );
}
