/** Finds, reads, checks and resolves a config: the one way in. */
import path from 'node:path';
import { HoldfastError } from '../core/errors.js';
import type { HoldfastConfig } from './config.js';
import { duplicateNames, entryProblems } from './entry-problems.js';
import { asGroup, variantsOf, type Variant } from './environments.js';
import { CONFIG_FILE_NAMES, findConfigFile } from './find-file.js';
import { nearest } from '../core/nearest.js';
import { passwordProblems } from './password-problems.js';
import { placeholderWarnings } from './placeholder-warnings.js';
import { configError, type Problem } from './problems.js';
import { readConfigFile } from './read-file.js';
import { readJson } from './read-yaml.js';
import { resolveConfig } from './resolve.js';
import { schemaProblems } from './schema-problems.js';
import type { SourceDocument } from './source-document.js';

export interface LoadOptions {
  /** The config file; relative to `cwd`. Default: the first of `CONFIG_FILE_NAMES` in `cwd`. */
  readonly file?: string | undefined;
  readonly cwd: string;
  /** Which of the file's environments. Not needed where there is only one. */
  readonly environment?: string | undefined;
}

export interface LoadedConfig {
  /** Absolute; for a config given as text, its name. */
  readonly file: string;
  readonly config: HoldfastConfig;
  /** What is still to be filled in, and what is ignored: one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * @throws HoldfastError CONFIG_NOT_FOUND; CONFIG_INVALID with all problems of the file, or when the environment is
 *   unknown or not chosen
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const file = options.file === undefined ? await findConfigFile(options.cwd) : path.resolve(options.cwd, options.file);
  if (file === undefined) {
    const names = CONFIG_FILE_NAMES.join(', ');
    throw new HoldfastError('CONFIG_NOT_FOUND', `There is no config in ${options.cwd}: looked for ${names}.`);
  }
  return checked(file, await readConfigFile(file, '--config'), {
    directory: path.dirname(file),
    environment: options.environment,
  });
}

/** A config file's own settings with all its environments, for callers that write them elsewhere. */
export interface ReadSettings {
  /** Absolute. */
  readonly file: string;
  /** As written, in the schema's spelling. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What is ignored: one sentence each. */
  readonly warnings: readonly string[];
  /** What is still to be filled in, in any environment: one sentence each. */
  readonly toFillIn: readonly string[];
}

/** @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID */
export async function readSettings({
  file: name,
  cwd,
}: {
  readonly file: string;
  readonly cwd: string;
}): Promise<ReadSettings> {
  const file = path.resolve(cwd, name);
  const document = await readConfigFile(file, '--from');
  const variants = requireSound(file, document);
  const placeholders = variants.flatMap((variant) => placeholderWarnings(variant, document.spelling));
  return { file, settings: asGroup(document.value), warnings: document.warnings, toFillIn: [...new Set(placeholders)] };
}

export interface InlineOptions {
  /** What to call the text in messages: `HOLDFAST_CONFIG`. */
  readonly name: string;
  /** JSON, as a config file holds it. */
  readonly text: string;
  /** Where relative paths start. */
  readonly directory: string;
  /** As for {@link loadConfig}. */
  readonly environment?: string | undefined;
}

/** Loads a config that is given as text, where there is no file. @throws HoldfastError CONFIG_INVALID */
export async function loadInlineConfig({ name, text, ...options }: InlineOptions): Promise<LoadedConfig> {
  return checked(name, await readJson(name, text), options);
}

function checked(
  file: string,
  document: SourceDocument,
  { directory, environment }: Omit<InlineOptions, 'name' | 'text'>,
): LoadedConfig {
  const variants = requireSound(file, document);
  const variant = chooseVariant(file, variants, environment);
  return {
    file,
    // The schema has found every part of the settings valid.
    config: resolveConfig(variant.settings, directory),
    warnings: [...document.warnings, ...placeholderWarnings(variant, document.spelling)],
  };
}

/** @throws HoldfastError CONFIG_INVALID with all problems */
function requireSound(file: string, document: SourceDocument): Variant[] {
  const variants = variantsOf(document.value);
  const problems = problemsOf(document, variants);
  if (problems.length > 0) throw configError(file, problems, document.spelling);
  return variants;
}

function problemsOf({ value, spelling, problems }: SourceDocument, variants: readonly Variant[]): Problem[] {
  if (value === null || value === undefined) return [{ path: [], message: 'is empty. `holdfast init` writes one.' }];
  const passwords = passwordProblems(value);
  const isReported = (problem: Problem) =>
    passwords.some(({ path }) => JSON.stringify(path) === JSON.stringify(problem.path));
  return [
    ...problems,
    ...passwords,
    // A password's key is unknown to the schema too; once is enough.
    ...schemaProblems(value, spelling).filter((problem) => !isReported(problem)),
    ...environmentProblems(value),
    ...variants.flatMap((variant) => entryProblems(variant, spelling)),
    ...duplicateNames(variants, spelling),
  ];
}

function environmentProblems(value: unknown): Problem[] {
  const { environment, environments } = asGroup(value);
  if (environment === undefined || Object.keys(asGroup(environments)).length === 0) return [];
  return [{ path: ['environment'], message: 'the keys under environments are their names. Remove it.' }];
}

function chooseVariant(file: string, variants: readonly Variant[], wanted: string | undefined): Variant {
  const [only, ...others] = variants;
  if (wanted === undefined && only !== undefined && others.length === 0) return only;
  const names = variants.flatMap(({ name }) => name ?? []);
  const found = variants.find(({ name }) => name === wanted);
  if (found && wanted !== undefined) return found;
  if (wanted === undefined) {
    throw new HoldfastError('CONFIG_INVALID', `${file} has several environments: ${names.join(', ')}.`, {
      hint: 'Choose one with --env NAME.',
    });
  }
  const near = nearest(wanted, names);
  const known = names.length === 0 ? 'It names none.' : `It has: ${names.join(', ')}.`;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `${file} has no environment "${wanted}".${near === undefined ? '' : ` Did you mean "${near}"?`} ${known}`,
    { hint: names.length === 0 ? 'Leave --env out.' : 'Choose one of them with --env NAME.' },
  );
}
