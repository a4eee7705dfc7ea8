/** `holdfast init`: writes a commented config, of nothing or of another config. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { CONFIG_FILE_NAMES, findConfigFile, isPlaceholder, readSettings } from '../../config/index.js';
import { HoldfastError, systemCodeOf } from '../../core/errors.js';
import { systemReasonOf } from '../../core/system-reason.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import { outlineOf } from '../init/outline-of.js';
import { printTypeScript, printYaml } from '../init/print-outline.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { wrapText } from '../text/wrap.js';

interface InitOptions {
  readonly from?: string;
  readonly output: string;
}

const DEFAULT_OUTPUT = 'holdfast.config.ts';

export function addInitCommand(program: Command, run: RunCommand): void {
  program
    .command('init')
    .summary('write a commented config')
    .description(
      'Writes a config to begin with: every option that matters with what it is for, and placeholders that say what belongs there. It never overwrites a file.',
    )
    .option(
      '--from <file>',
      'take over all values of another config, such as the terraform.tfvars of the layer-2 module',
    )
    .option('--output <file>', 'where to: a name that ends with .ts or .yaml', DEFAULT_OUTPUT)
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, (session) => init(session, self.optsWithGlobals<InitOptions>())),
    );
}

const HELP = `
Examples:
  holdfast init
  holdfast init --from terraform.tfvars
  holdfast init --from terraform.tfvars --output holdfast.yaml

Exit status: 0 written · 1 failed · 2 the file exists, or the other config is wrong
`;

async function init({ cwd, logger }: Session, options: InitOptions): Promise<CommandResult> {
  const print = printerOf(options.output);
  const source = options.from === undefined ? undefined : await readSettings({ file: options.from, cwd });
  const file = resolve(cwd, options.output);
  const origin = source === undefined ? '' : ` from ${basename(source.file)}`;
  const text = print(outlineOf(source?.settings), [
    `Written by \`holdfast init\`${origin}. \`holdfast deploy\` sets up both accounts from it, and`,
    '`holdfast backup`, `verify` and the other commands find databases and vault in it. It never holds a password.',
    'Options with a comment mark right before them are shown, not set.',
  ]);
  await writeNew(file, text);
  // Read again: what its own loader finds in it is what is left to do.
  const written = await readSettings({ file, cwd });
  const toFillIn = [...written.toFillIn, ...missingCertificates(written.settings, cwd)];
  for (const warning of source?.warnings ?? []) logger.warn(warning);
  // The first of the names counts: ours may not be the one that commands find here.
  const found = await findConfigFile(cwd);
  const hidden =
    found === undefined || found === file
      ? []
      : [`Commands in ${cwd} find ${basename(found)} first: give --config ${options.output}, or move that file away.`];
  for (const warning of hidden) logger.warn(warning);
  return {
    document: { init: { file, from: source?.file ?? null, toFillIn } },
    format: ({ colors, width }) =>
      [
        `Wrote ${file}.`,
        ...(toFillIn.length === 0
          ? ['Nothing is left to fill in.']
          : ['To fill in:', ...toFillIn.map((line) => wrapText(`  ${line}`, width, 4))]),
        colors.dim('Next: holdfast synth, holdfast diff, holdfast deploy.'),
      ].join('\n'),
    exitCode: EXIT_DONE,
  };
}

/** Certificates that the config names and that are not there: the stacks are not made without them. */
function missingCertificates(settings: unknown, directory: string): string[] {
  const named = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (key === 'sslrootcert' && typeof item === 'string' && item !== 'system') named.add(item);
      else visit(item);
    }
  };
  visit(settings);
  return [...named]
    .filter((name) => !isPlaceholder(name) && !existsSync(resolve(directory, name)))
    .map(
      (name) =>
        `sslrootcert: ${name} is not there. Put the authorities of RDS there (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem), or name another file.`,
    );
}

function printerOf(output: string): typeof printTypeScript {
  if (output.endsWith('.ts')) return printTypeScript;
  if (/\.ya?ml$/.test(output)) return printYaml;
  throw new HoldfastError('USAGE', `--output is ${output}, and its ending says neither TypeScript nor YAML.`, {
    hint: `Name it ${CONFIG_FILE_NAMES[0]} or holdfast.yaml.`,
  });
}

/** @throws HoldfastError CONFIG_EXISTS */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST')
      throw new HoldfastError('CONFIG_EXISTS', `Writing the config: ${file} exists.`);
    throw new HoldfastError('USAGE', `Writing the config ${file}: ${systemReasonOf(error)}.`, {
      cause: error,
      hint: 'Give a place that may be written with --output.',
    });
  }
}
