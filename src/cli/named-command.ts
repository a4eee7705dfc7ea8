/** Which command a command line names, and the name that no command has. */
import type { Command } from 'commander';

export interface NamedCommand {
  /** The last one that is there; the program itself where none is. */
  readonly command: Command;
  /** The first word in the place of a command that is none. */
  readonly unknown: string | undefined;
  /** Whether only its help is asked for: `help restore`, `restore --help`. */
  readonly help: boolean;
}

/** @param args without the interpreter and the script */
export function namedCommand(program: Command, args: readonly string[]): NamedCommand {
  const words = operandsOf(program, args);
  const asked = words[0] === 'help';
  let command = program;
  for (const word of asked ? words.slice(1) : words) {
    if (command.commands.length === 0) break;
    const found = command.commands.find((candidate) => [candidate.name(), ...candidate.aliases()].includes(word));
    if (!found) return { command, unknown: word, help: asked || asksForHelp(args) };
    command = found;
  }
  return { command, unknown: undefined, help: asked || asksForHelp(args) };
}

/** `holdfast secret set`: what to type for it. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h');
}

/** What is neither a global option nor the value of one. Commands come before their own options. */
function operandsOf(program: Command, args: readonly string[]): string[] {
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string;
    if (arg === '--') break;
    if (!arg.startsWith('-')) words.push(arg);
    else if (program.options.some((option) => option.required && (option.long === arg || option.short === arg)))
      index++;
  }
  return words;
}
