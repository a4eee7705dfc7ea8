/** The entry point of `bin/holdfast`. */
import { createProgram } from './program.js';
import { runCli } from './run.js';

// A reader that has seen enough (`holdfast list | head`) closes the pipe: the work goes on without it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// Not process.exit: it would cut off what is still on its way to a pipe.
process.exitCode = await runCli(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  },
  createProgram,
);
