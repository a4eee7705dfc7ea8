/** Whether the exit status of a command and what it says are true. */
import { errorRegistry, type ErrorCode } from '../../../src/core/errors.js';
import { CANARY, type CommandRun } from './commands.js';

/** A command that met a fault, and the failures that would be true. */
export interface FaultyRun extends CommandRun {
  /** Codes with which it may fail; success is always possible, as the fault may come too late. */
  readonly expected: readonly ErrorCode[];
  /** Whether it may succeed. @default true */
  readonly maySucceed?: boolean;
  /** Verdicts that are true of the backup. @default ['proven', 'intact'] */
  readonly verdicts?: readonly string[];
}

/** What a command prints with --json, as far as it is judged. */
export interface Answer {
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly exitCode: number;
  };
  readonly proofs?: readonly { readonly verdict: string }[];
  readonly checks?: readonly { readonly verdict: string }[];
}

/** What is wrong with how a command ended. */
export function judgeRun(run: FaultyRun): string[] {
  const name = `holdfast ${run.args[0] ?? ''}`;
  if (`${run.stdout}${run.stderr}`.includes(CANARY)) return [`${name} printed the password`];
  if (run.killed) return [];
  const said = excerpt(run.stderr);
  if (run.signal !== null) return [`${name} was ended by ${run.signal}: ${said}`];
  const found: string[] = [];
  if (/^\s+at .*:\d+:\d+\)?$/m.test(run.stderr)) found.push(`${name} printed a stack trace: ${said}`);
  const answer = parseAnswer(run.stdout);
  if (!answer) return [...found, `${name} exited with ${String(run.code)} and printed no document: ${said}`];
  const { error } = answer;
  if (!error) {
    if (run.maySucceed === false) found.push(`${name} succeeded in spite of the fault`);
    return [...found, ...judgeVerdicts(name, run, answer)];
  }
  if (run.code !== error.exitCode)
    found.push(`${name} exited with ${String(run.code)}, its error says ${error.exitCode}`);
  if (errorRegistry[error.code]?.exitCode !== error.exitCode) found.push(`${error.code} has another exit status`);
  if (!run.expected.includes(error.code))
    found.push(`${name} failed with ${error.code}, which is not true: ${error.message}`);
  if (!error.message || !error.hint) found.push(`${name} failed without a message or a hint`);
  // Lines are wrapped, so the words are compared.
  const words = (text: string) => text.replace(/\s+/g, ' ');
  if (!words(run.stderr).includes(words(error.message).slice(0, 60)))
    found.push(`${name} told people something else: ${said}`);
  return found;
}

function judgeVerdicts(name: string, run: FaultyRun, answer: Answer): string[] {
  const { verdicts = ['proven', 'intact'] } = run;
  const given = [...(answer.proofs ?? []), ...(answer.checks ?? [])].map(({ verdict }) => verdict);
  const wrong = given.filter((verdict) => !verdicts.includes(verdict));
  if (wrong.length > 0)
    return [`${name} gave the verdict ${wrong.join(', ')}, which is not true: ${excerpt(run.stdout)}`];
  if (given.length === 0 && run.code !== 0) return [`${name} exited with ${String(run.code)} and named no error`];
  return [];
}

/** The one document on standard output. */
export function parseAnswer<T = Answer>(stdout: string): T | undefined {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    return undefined;
  }
}

export function excerpt(text: string): string {
  return JSON.stringify(text.replace(/\s+/g, ' ').trim().slice(-700));
}
