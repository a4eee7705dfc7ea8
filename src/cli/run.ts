/** From the argument list to the exit status: the only place that prints results and errors. */
import type { Readable } from 'node:stream';
import { CommanderError, type Command } from 'commander';
import { abortError } from '../core/cancellation.js';
import { systemClock } from '../core/clock.js';
import { errorRegistry, HoldfastError } from '../core/errors.js';
import { createLogger, type LogLevel } from '../core/logger.js';
import type { CommandResult } from './command-result.js';
import { EXIT_DONE, worstExitCode } from './exit-code.js';
import { openConfigSource, type ConfigSource, type ConfigSourceOptions } from './inputs/config-source.js';
import { refusePasswords } from './inputs/refuse-passwords.js';
import { listenForInterrupts } from './interrupts.js';
import { SCHEMA_VERSION } from './json/schema-version.js';
import { namedCommand, pathOf } from './named-command.js';
import { createProgressDisplay } from './progress/progress-display.js';
import { asCodedError, errorDocument, formatError } from './report-error.js';
import type { RunCommand } from './run-command.js';
import type { GlobalOptions, Session } from './session.js';
import { printable } from '../core/printable.js';
import { indentLines } from './text/wrap.js';
import { styleOf, type Style } from './text/style.js';

/** What the process was started with. */
export interface Host {
  readonly stdin: Readable;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Where the config comes from. @default files */
  readonly openConfig?: (options: ConfigSourceOptions) => ConfigSource;
}

/** Runs what this process was called with; `openConfig` as in {@link Host}. */
export async function runProcess(
  createProgram: (run: RunCommand) => Command,
  openConfig?: Host['openConfig'],
): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  const host: Host = { stdin, stdout, stderr, env, cwd: process.cwd(), ...(openConfig && { openConfig }) };
  // Not process.exit: it would cut off what is still on its way to a pipe or a log.
  process.exitCode = await runCli(process.argv.slice(2), host, createProgram);
}

/**
 * Runs one command.
 *
 * @param args without the interpreter and the script
 * @param createProgram what there is to type
 * @returns the exit status; never throws
 */
export async function runCli(
  args: readonly string[],
  host: Host,
  createProgram: (run: RunCommand) => Command,
): Promise<number> {
  let exitCode = EXIT_DONE;
  let help = '';
  const program = createProgram(async (command, work) => {
    exitCode = await execute(command, work, host);
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // Errors are printed by us; what else comes here is the help of a command line without a command.
      writeErr: (text) => (help += text),
      outputError: () => {},
      getOutHelpWidth: () => styleOf({ stream: host.stdout, env: host.env, color: false }).width,
    });
  }
  try {
    refusePasswords(args);
    const { command, unknown, help } = namedCommand(program, args);
    // Commander does not mind the help of a command that is not there: without that wish it names the nearest.
    const parsed = unknown !== undefined && help ? [...wordsOf(command), unknown] : args;
    await program.parseAsync(parsed, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_DONE;
    // The options are unknown when parsing failed, but these two are plain to see.
    const options = { json: args.includes('--json'), verbose: args.includes('--verbose') };
    const { command } = namedCommand(program, args);
    const coded = error instanceof CommanderError ? usageError(error, command) : asCodedError(error);
    if (!options.json) host.stderr.write(help);
    return printFailure(coded, { ...options, color: !args.includes('--no-color') }, host);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function wordsOf(command: Command): string[] {
  return pathOf(command).split(' ').slice(1);
}

async function execute(
  command: Command,
  work: (session: Session) => Promise<CommandResult<object>>,
  host: Host,
): Promise<number> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { stdin, stdout, stderr, env, cwd, openConfig = openConfigSource } = host;
  const level: LogLevel = options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal';
  const errorStyle = styleOf({ stream: stderr, env, color: options.color });
  const logger = createLogger(level, (line) => stderr.write(`${indentLines(printable(line), 2)}\n`));
  const progress = await createProgressDisplay({ stream: stderr, quiet: level === 'quiet', env, color: options.color });
  const interrupts = listenForInterrupts((line) => level !== 'quiet' && stderr.write(`${line}\n`));
  const style = styleOf({ stream: stdout, env, color: options.color });
  try {
    const result = await work({
      options,
      env,
      cwd,
      config: openConfig({ file: options.config, environment: options.env, cwd, logger }),
      logger,
      clock: systemClock,
      progress,
      signal: interrupts.signal,
      stdin,
      stderr,
      say: (text) => options.json || stdout.write(text),
      style,
    });
    progress.stop();
    return printResult(result, { options, host, style, errorStyle });
  } catch (error) {
    progress.stop();
    return printFailure(namingHelp(reasonOf(error, interrupts.signal), command), options, host);
  } finally {
    interrupts.dispose();
  }
}

/** Whatever an interruption broke off, the interruption is why. A command may say more, in an error that it caused. */
function reasonOf(error: unknown, signal: AbortSignal): HoldfastError {
  const coded = asCodedError(error);
  if (!signal.aborted || (coded.code === 'INTERRUPTED' && coded.cause === signal.reason)) return coded;
  return abortError(signal);
}

interface Printing {
  readonly options: GlobalOptions;
  readonly host: Host;
  readonly style: Style;
  readonly errorStyle: Style;
}

function printResult(result: CommandResult<object>, { options, host, style, errorStyle }: Printing): number {
  const { failures: failed = [], unfinished = [] } = result;
  const failures = [...failed, ...unfinished];
  const exitCode = worstExitCode([result.exitCode, ...failed.map(({ error }) => error.exitCode)]);
  if (options.json) {
    // The one that the status is of: none, where a verdict decides it.
    const worst = failures.find(({ error }) => error.exitCode === exitCode);
    const errors = failures.map(({ subject, error }) => ({ database: subject, ...errorDocument(error) }));
    const told = { ...(worst && { error: errorDocument(worst.error) }), ...(failures.length > 0 && { errors }) };
    writeDocument(host, { ...result.document, ...told });
  } else {
    const text = result.format(style);
    if (text !== '') host.stdout.write(`${text}\n`);
  }
  for (const { subject, error } of failures) {
    host.stderr.write(`${formatError(error, errorStyle, options.verbose ?? false, subject)}\n`);
  }
  return exitCode;
}

function printFailure(
  error: HoldfastError,
  options: Pick<GlobalOptions, 'json' | 'verbose' | 'color'>,
  host: Host,
): number {
  const style = styleOf({ stream: host.stderr, env: host.env, color: options.color });
  host.stderr.write(`${formatError(error, style, options.verbose ?? false)}\n`);
  if (options.json) writeDocument(host, { error: errorDocument(error) });
  return error.exitCode;
}

function writeDocument(host: Host, document: object): void {
  host.stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document }, null, 2)}\n`);
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` → one sentence each. */
function usageError(error: CommanderError, command: Command): HoldfastError {
  const hint = helpHint(command);
  if (error.code === 'commander.help') return new HoldfastError('USAGE', 'No command is given.', { hint });
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  const more = rest.map((line) => line.replace(/^\((.*)\)$/, '$1')).filter((line) => line !== '');
  const message = [/[.?!]$/.test(sentence) ? sentence : `${sentence}.`, ...more].join(' ');
  return new HoldfastError('USAGE', message, { hint });
}

/** The error with the command's name in the hint, where the hint is to read its help. */
function namingHelp(error: HoldfastError, command: Command): HoldfastError {
  if (error.code !== 'USAGE' || error.hint !== errorRegistry.USAGE.hint) return error;
  return new HoldfastError('USAGE', error.message, { cause: error.cause, hint: helpHint(command) });
}

function helpHint(command: Command): string {
  return `Run \`${pathOf(command)} --help\` to see what it takes.`;
}
