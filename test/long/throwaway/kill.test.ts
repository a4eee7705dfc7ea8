/** What is left of a throwaway server when its owner ends without stop(). */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { serverPrograms } from '../../helpers/postgres.js';
import { eventually, processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const OWNER = join(import.meta.dirname, 'owner.ts');

/** A process of its own that starts a throwaway server and then waits for ever, or ends when told so. */
function startOwner(tmpDirectory: string, mode: 'wait' | 'exit' | 'throw', bin?: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'jiti/register', OWNER, tmpDirectory, mode], {
    stdio: ['ignore', 'pipe', mode === 'throw' ? 'ignore' : 'inherit'],
    env: { ...process.env, ...(bin !== undefined && { HOLDFAST_PG_BIN: bin }) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const chunk of child.stdout!) return String(chunk).trim();
  throw new Error('The owner ended without a server.');
}

function publicDirectory(): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  return directory;
}

async function expectNothingLeft(tmpDirectory: string): Promise<void> {
  await eventually('the directory is gone', () => readdirSync(tmpDirectory).length === 0);
  await eventually('no process is left', async () => (await processesMentioning(tmpDirectory)).length === 0);
}

describe('a throwaway server whose owner', () => {
  it('is killed with SIGKILL goes, with its directory and with a query that is running in it', async () => {
    const tmpDirectory = publicDirectory();
    const owner = startOwner(tmpDirectory, 'wait');
    const host = await firstLine(owner);
    const postmaster = Number((await readFile(join(host, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
    expect((await processesMentioning(tmpDirectory)).map((found) => found.pid)).toContain(postmaster);
    owner.kill('SIGKILL');
    await expectNothingLeft(tmpDirectory);
    expect(() => process.kill(postmaster, 0)).toThrow('ESRCH');
  });

  it('is killed with SIGKILL while initdb runs goes too', async () => {
    const tmpDirectory = publicDirectory();
    const initdb = await holdProgram('initdb');
    const owner = startOwner(tmpDirectory, 'wait', initdb.bin);
    await initdb.held();
    expect((await processesMentioning(tmpDirectory)).map((found) => found.command).join()).toContain(initdb.bin);
    owner.kill('SIGKILL');
    await expectNothingLeft(tmpDirectory);
    await initdb.release();
  });

  it.each(['exit', 'throw'] as const)('forgets stop() and ends by %s goes', async (mode) => {
    const tmpDirectory = publicDirectory();
    const owner = startOwner(tmpDirectory, mode);
    await firstLine(owner);
    await expectNothingLeft(tmpDirectory);
  });

  it('is killed after the watchdog was told to end by SIGTERM, SIGINT and SIGHUP goes', async () => {
    const tmpDirectory = publicDirectory();
    const owner = startOwner(tmpDirectory, 'wait');
    await firstLine(owner);
    const watchdog = (await processesMentioning(tmpDirectory)).find((found) => found.command.includes('watchdog'));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(watchdog!.pid, signal);
    owner.kill('SIGKILL');
    await expectNothingLeft(tmpDirectory);
  });
});

describe('a throwaway server whose watchdog was killed', () => {
  it('is still removed by stop()', async () => {
    const tmpDirectory = publicDirectory();
    const server = await startThrowawayServer({ programs: await serverPrograms(), tmpDirectory });
    onTestFinished(() => server.stop());
    const watchdog = (await processesMentioning(tmpDirectory)).find((found) => found.command.includes('watchdog'));
    process.kill(watchdog!.pid, 'SIGKILL');
    await eventually('the watchdog is gone', async () =>
      (await processesMentioning(tmpDirectory)).every((found) => !found.command.includes('watchdog')),
    );
    await server.stop();
    expect(readdirSync(tmpDirectory)).toEqual([]);
    expect(await processesMentioning(tmpDirectory)).toEqual([]);
  });
});
