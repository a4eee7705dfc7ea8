/** Runs a script by psql, as somebody does who pipes it in. */
import { spawn } from 'node:child_process';
import type { RunResult } from './holdfast.js';
import { serverPrograms } from './postgres.js';
import type { SharedServer } from './shared-server.js';

/** @param user @default the superuser */
export async function runPsql(
  server: SharedServer,
  database: string,
  script: string,
  user = server.superuser,
): Promise<RunResult> {
  const programs = await serverPrograms();
  const child = spawn(programs.program('psql'), ['-X'], {
    env: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: user, PGDATABASE: database, HOME: '/nonexistent' },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(script);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}
