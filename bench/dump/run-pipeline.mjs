/** Runs one pipeline once: its wall time, the CPU time that it took, the size of its result, its memory. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuOfEnded, watchMemory } from './processes.mjs';
import { commandOf, pipelineOf } from './pipelines.mjs';

const PARTING_MS = 300;

/**
 * `{ seconds, cpuSeconds, serverCpuSeconds, storedBytes, memory }`; memory as of {@link watchMemory}.
 *
 * @throws Error with the pipeline's words when it exits non-zero, or when interrupted
 */
export async function runPipeline(name, { directory, server, postmaster, database, s3, signal }) {
  const out = await mkdtemp(join(directory, `${name}-`));
  const vault = join(out, 'vault');
  const bucket = pipelineOf(name).s3 ? s3 : undefined;
  await mkdir(vault);
  await bucket?.reset();
  try {
    const place = { database, out, server, vault, s3: s3?.environment };
    const before = cpuOfEnded(postmaster);
    const result = await runToEnd(name, commandOf(name, place), signal);
    // Until the server has noticed that its last session is gone.
    await new Promise((resolve) => setTimeout(resolve, PARTING_MS));
    const serverCpuSeconds = cpuOfEnded(postmaster) - before;
    const storedBytes = bucket ? await bucket.largestObject() : await largestResult(out);
    return { ...result, serverCpuSeconds, storedBytes };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function runToEnd(name, { command, args, env }, signal) {
  signal.throwIfAborted();
  // A process group of its own, so that a whole pipeline can be ended. bash knows what CPU time all of it took.
  const child = spawn('bash', ['-c', 'TIMEFORMAT=\'cpu %U %S\'; time "$@"', 'bash', command, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (words = (words + text).slice(-4000)));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, by) => resolve({ code, by }));
  });
  const start = process.hrtime.bigint();
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
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`The pipeline "${name}" ended with ${by ?? `status ${code}`}:\n${words.trim()}`);
    const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(words) ?? [];
    return { seconds, cpuSeconds: Number(user) + Number(system), memory: memory.stop() };
  } finally {
    memory.stop();
    signal.removeEventListener('abort', kill);
  }
}

/** A dump in one file is by far the largest of its result, and what lies beside it is not counted; else all of it is. */
async function largestResult(directory) {
  let largest = 0;
  let sum = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size } = await stat(join(entry.parentPath, entry.name));
    largest = Math.max(largest, size);
    sum += size;
  }
  return (await stat(join(directory, 'dump')).catch(() => undefined)) ? sum : largest;
}
