/** Runs one pipeline once: its wall time, the size of its result, the memory of its processes. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watchMemory } from './memory.mjs';
import { commandOf } from './pipelines.mjs';

/**
 * `{ seconds, storedBytes, memory }`; memory as of {@link watchMemory}.
 *
 * @throws Error with the pipeline's words when it exits non-zero, or when interrupted
 */
export async function runPipeline(name, { directory, server, database, signal }) {
  const out = await mkdtemp(join(directory, `${name}-`));
  const vault = join(out, 'vault');
  await mkdir(vault);
  try {
    const { command, args, env } = commandOf(name, { database, out, server, vault });
    const start = process.hrtime.bigint();
    const memory = await runToEnd(name, command, args, env, signal);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    return { seconds, storedBytes: await largestFile(out), memory };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function runToEnd(name, command, args, env, signal) {
  signal.throwIfAborted();
  // A process group of its own, so that a whole pipeline can be ended.
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (words = (words + text).slice(-4000)));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, by) => resolve({ code, by }));
  });
  const memory = watchMemory(child.pid);
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const { code, by } = await ended;
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`The pipeline "${name}" ended with ${by ?? `status ${code}`}:\n${words.trim()}`);
    return memory.stop();
  } finally {
    memory.stop();
    signal.removeEventListener('abort', kill);
  }
}

/** The dump itself is by far the largest file of a result; a manifest beside it is not counted. */
async function largestFile(directory) {
  let largest = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) largest = Math.max(largest, (await stat(join(entry.parentPath, entry.name))).size);
  }
  return largest;
}
