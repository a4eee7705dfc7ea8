/** The action of `holdfast init`. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CONFIG_FILE_NAMES, findConfigFile } from '../../../config/find-file.js';
import { readSettings } from '../../../config/load.js';
import { isPlaceholder } from '../../../config/placeholders.js';
import { HoldfastError, systemCodeOf } from '../../../core/errors.js';
import { systemReasonOf } from '../../../core/system-reason.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { outlineOf } from '../../init/outline-of.js';
import { printTypeScript, printYaml } from '../../init/print-outline.js';
import type { Session } from '../../session.js';
import { wrapText } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { initDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof initDocument>;

export interface InitOptions {
  readonly from?: string;
  readonly output: string;
}

export async function init({ cwd, logger }: Session, options: InitOptions): Promise<CommandResult<Document>> {
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
      hint: 'Give a place that can be written to with --output.',
    });
  }
}
