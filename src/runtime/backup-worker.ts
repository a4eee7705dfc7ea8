/**
 * The entry point of the bundle that builds run: `node holdfast.mjs backup NAME`.
 *
 * It is the command line itself with the one command that a build needs, so that a backup made there is the same as one
 * made on a laptop, messages and exit status included.
 */
import { runCli } from '../cli/run.js';
import { environmentConfig } from './environment-config.js';
import { createWorkerProgram } from './worker-program.js';

// Not process.exit: it would cut off what is still on its way to the log.
process.exitCode = await runCli(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    openConfig: environmentConfig(process.env),
  },
  createWorkerProgram,
);
