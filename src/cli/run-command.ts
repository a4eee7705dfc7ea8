import type { Command } from 'commander';
import type { CommandResult } from './command-result.js';
import type { Session } from './session.js';

/** Runs one command's work and prints what comes out: what a command's file is handed when it is added. */
export type RunCommand = (
  command: Command,
  work: (session: Session) => Promise<CommandResult<object>>,
) => Promise<void>;
