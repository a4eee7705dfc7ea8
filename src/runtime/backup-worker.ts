/**
 * The entry point of the bundle that builds run: `node holdfast.mjs backup NAME`.
 *
 * It is the command line itself with the one command that a build needs, so that a backup made there is the same as one
 * made on a laptop, messages and exit status included.
 */
import { runProcess } from '../cli/run.js';
import { environmentConfig } from './environment-config.js';
import { createWorkerProgram } from './worker-program.js';

await runProcess(createWorkerProgram, environmentConfig(process.env));
