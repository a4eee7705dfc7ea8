/** The page docs/reference/cli.md: what `--help` says, of all commands. */
import type { Command } from 'commander';
import { createProgram } from './program.js';

const INTRODUCTION = `# The command line

Generated from what \`holdfast --help\` prints.

- Results go to standard output, everything else to standard error. With \`--json\`, standard output is exactly one
  JSON document: see [formats/cli-json.md](../formats/cli-json.md).
- The exit status is 0 done, 1 failed, 2 wrong usage or config, 3 done with a bad verdict, 4 incomplete (something could
  not be read, so there is no verdict), 130 interrupted with nothing half-written. Of several things that were done, the
  worst counts, in this order: 130, 1, 2, 3, 4, 0. [errors.md](errors.md) lists the status of every error.
- Ctrl-C, SIGTERM and SIGHUP stop a command in order: child processes are ended and what is unfinished is removed. A
  second one ends it at once.
- A password in a URL on the command line is refused, before anything else happens. Passwords come from PGPASSWORD, a
  passfile, HOLDFAST_URL, a secret in Secrets Manager (\`--secret\`), or a URL on standard input (\`--url -\`).
- With \`--vault\`, commands that read the vault alone need no config. One that is found but cannot be used is then
  reported, and not used; with \`--config\` or \`--env\` it is an error.
- A backup is named \`<db>\` or \`<db>@latest\` (the newest), \`<db>@2026-11-22T03:00:00Z\` or \`<db>@2026-11-22\` (the last
  one at or before), or by its key.
- Progress on a terminal shows a percentage and the time left only where the amount is known: what a dump will come to
  is a guess from the size of the database.
`;

/** The page as Markdown. */
export function cliReference(): string {
  const program = createProgram(() => Promise.resolve());
  const sections = withSubcommands(program).map(({ name, command }) => {
    return `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

/** A command that only holds others has nothing of its own to say. */
function withSubcommands(command: Command, parent = ''): { readonly name: string; readonly command: Command }[] {
  const name = `${parent}${command.name()}`;
  const nested = command.commands.filter((sub) => sub.name() !== 'help');
  const own = nested.length === 0 || parent === '' ? [{ name, command }] : [];
  return [...own, ...nested.flatMap((sub) => withSubcommands(sub, `${name} `))];
}

function helpOf(command: Command): string {
  let text = '';
  // Global options are shown once, with the program.
  command.configureHelp({ showGlobalOptions: false, helpWidth: 100 });
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHasColors: () => false });
  command.outputHelp();
  return text.trim();
}
