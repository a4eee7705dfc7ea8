/** The tools that back up beside the workload, and how many rows each of their dumps has. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..');

/** `{ name, run({ server, database, directory, signal }) }`; a run gives `{ rows, anew, warned }`, or throws. */
export function toolsOf(other) {
  return [
    { name: 'pg_dump', run: runPgDump },
    { name: 'holdfast', run: (place) => runHoldfast(ROOT, place) },
    ...(other === undefined ? [] : [{ name: 'other', run: (place) => runHoldfast(other, place) }]),
  ];
}

async function runPgDump({ server, database, directory, signal }) {
  const file = join(directory, 'dump.sql');
  const handle = await open(file, 'w');
  try {
    const env = { PATH: process.env.PATH, ...server.environment() };
    await runToEnd(server.programs.program('pg_dump'), ['-d', database], { env, signal, stdout: handle.fd });
  } finally {
    await handle.close();
  }
  return { rows: await countRows(file), anew: 0, warned: false };
}

/** Lines between COPY and its end: none of ours has a line break in a value that is not written as \n. */
async function countRows(file) {
  let rows = 0;
  let inside = false;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (inside && line === '\\.') inside = false;
    else if (inside) rows += 1;
    else if (/^COPY .* FROM stdin;$/.test(line)) inside = true;
  }
  return rows;
}

async function runHoldfast(root, { server, database, directory, signal }) {
  const vault = join(directory, 'vault');
  await mkdir(vault, { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HOLDFAST_URL: `postgres://${server.superuser}@/${database}?host=${encodeURIComponent(server.host)}&port=${server.port}`,
    HOLDFAST_PG_BIN: server.programs.directory,
  };
  const args = [
    join(root, 'bin', 'holdfast'),
    ...['backup', '--name', 'bench', '--vault', `file://${vault}`, '--create-vault', '--json', '--verbose'],
  ];
  const { stdout, stderr } = await runToEnd(process.execPath, args, { env, signal, stdout: 'pipe' });
  const [backup] = JSON.parse(stdout).backups;
  return {
    rows: backup.rows,
    anew: stderr.match(/begins anew/g)?.length ?? 0,
    warned: backup.warnings.some((warning) => warning.includes('just as the dump began')),
  };
}

async function runToEnd(command, args, { env, signal, stdout }) {
  signal.throwIfAborted();
  const child = spawn(command, args, { env, signal, stdio: ['ignore', stdout, 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (out.stderr += text));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      out.stderr
        .trim()
        .split('\n')
        .find((line) => /error/i.test(line)) ?? `status ${code}`,
    );
  return out;
}
