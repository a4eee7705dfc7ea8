/** The commander program: what there is to type, and the help. */
import type { Command } from 'commander';
import { createBaseProgram } from './base-program.js';
import { addAcceptCommand } from './commands/accept.js';
import { addAuditCommand } from './commands/audit.js';
import { addBackupCommand } from './commands/backup.js';
import { addCheckCommand } from './commands/check.js';
import { addCompareCommand } from './commands/compare.js';
import { addDemoCommand } from './commands/demo.js';
import { addDeployCommand } from './commands/deploy.js';
import { addDestroyCommand } from './commands/destroy.js';
import { addDiffCommand } from './commands/diff.js';
import { addInitCommand } from './commands/init.js';
import { addListCommand } from './commands/list.js';
import { addPruneCommand } from './commands/prune.js';
import { addPolicyCommand } from './commands/policy.js';
import { addReportCommand } from './commands/report.js';
import { addRestoreCommand } from './commands/restore.js';
import { addRotateCommand } from './commands/rotate.js';
import { addRunCommand } from './commands/run.js';
import { addSecretCommand } from './commands/secret.js';
import { addShowCommand } from './commands/show.js';
import { addStatusCommand } from './commands/status.js';
import { addSynthCommand } from './commands/synth.js';
import { addVaultCommand } from './commands/vault.js';
import { addVerifyCommand } from './commands/verify.js';
import type { RunCommand } from './run-command.js';

/** The program with all commands; the caller sets where it writes. */
export function createProgram(run: RunCommand): Command {
  const program = createBaseProgram('Backs up PostgreSQL into a vault, and proves that each copy restores.', MAIN_HELP);
  for (const add of [
    addBackupCommand,
    addListCommand,
    addShowCommand,
    addRestoreCommand,
    addVerifyCommand,
    addCheckCommand,
    addCompareCommand,
    addPruneCommand,
    addStatusCommand,
    addAcceptCommand,
    addVaultCommand,
    addDemoCommand,
    addInitCommand,
    addSynthCommand,
    addDiffCommand,
    addDeployCommand,
    addDestroyCommand,
    addPolicyCommand,
    addRunCommand,
    addSecretCommand,
    addRotateCommand,
    addAuditCommand,
    addReportCommand,
  ]) {
    add(program, run);
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
