/** The entry point of `bin/holdfast`. */
import { createProgram } from './program.js';
import { runProcess } from './run.js';

// A reader that has seen enough (`holdfast list | head`) closes the pipe: the work goes on without it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

await runProcess(createProgram);
