/** The commander program: what there is to type, and the help. */
import type { Command } from 'commander';
import { createBaseProgram } from './base-program.js';
import { addAcceptCommand } from './commands/accept/command.js';
import { addAdoptCommand } from './commands/adopt/command.js';
import { addAuditCommand } from './commands/audit/command.js';
import { addBackupCommand } from './commands/backup/command.js';
import { addCheckCommand } from './commands/check/command.js';
import { addCompareCommand } from './commands/compare/command.js';
import { addDemoCommand } from './commands/demo/command.js';
import { addDeployCommand } from './commands/deploy/command.js';
import { addDestroyCommand } from './commands/destroy/command.js';
import { addDiffCommand } from './commands/diff/command.js';
import { addImportCommand } from './commands/import/command.js';
import { addInitCommand } from './commands/init/command.js';
import { addListCommand } from './commands/list/command.js';
import { addPruneCommand } from './commands/prune/command.js';
import { addPolicyCommand } from './commands/policy/command.js';
import { addReportCommand } from './commands/report/command.js';
import { addRestoreCommand } from './commands/restore/command.js';
import { addRotateCommand } from './commands/rotate/command.js';
import { addRunCommand } from './commands/run/command.js';
import { addSecretCommand } from './commands/secret/command.js';
import { addShowCommand } from './commands/show/command.js';
import { addStatusCommand } from './commands/status/command.js';
import { addSynthCommand } from './commands/synth/command.js';
import { addVaultCommand } from './commands/vault/command.js';
import { addVerifyCommand } from './commands/verify/command.js';
import type { RunCommand } from './run-command.js';

/** As the help lists them. */
const GROUPS: ReadonlyArray<readonly [title: string, ReadonlyArray<(program: Command, run: RunCommand) => void>]> = [
  [
    'Backups:',
    [addBackupCommand, addImportCommand, addListCommand, addShowCommand, addCompareCommand, addPruneCommand],
  ],
  ['Restores and proofs:', [addRestoreCommand, addVerifyCommand, addCheckCommand, addStatusCommand]],
  ['Setting up:', [addDemoCommand, addInitCommand, addVaultCommand, addAcceptCommand, addAdoptCommand]],
  ['AWS:', [addSynthCommand, addDiffCommand, addDeployCommand, addDestroyCommand, addPolicyCommand, addRunCommand]],
  ['Secrets:', [addSecretCommand, addRotateCommand]],
  ['Audit:', [addAuditCommand, addReportCommand]],
];

/** The program with all commands; the caller sets where it writes. */
export function createProgram(run: RunCommand): Command {
  const program = createBaseProgram('Backs up PostgreSQL into a vault, and proves that each copy restores.', MAIN_HELP);
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const add of commands) add(program, run);
  }
  return program;
}

const MAIN_HELP = `
Examples:
  holdfast demo
  holdfast vault init --vault file:///srv/vault
  holdfast backup --url postgres://dumper@db.example.com/orders --vault file:///srv/vault
  holdfast verify orders --vault file:///srv/vault

Exit status:
  0  done
  1  failed
  2  wrong usage or config
  3  done, and the verdict is bad
  4  incomplete: something could not be read, so there is no verdict
  130  interrupted, nothing half-written
  Of several things that were done, the worst counts: 130, 1, 2, 3, 4, 0.
`;
