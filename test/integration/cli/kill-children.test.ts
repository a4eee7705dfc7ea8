import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually, processesMentioning } from '../../helpers/processes.js';

/**
 * A process with children: a plain one, one in a session of its own (as a watchdog is), and one called postgres. It
 * kills its children and tells their process ids.
 */
const SCRIPT = `
  import { spawn } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  const { killChildren } = await import(process.argv[1]);
  const start = (options) => spawn('sleep', ['600'], { stdio: 'ignore', ...options });
  const plain = start({});
  const watchdog = start({ detached: true });
  const server = spawn('bash', ['-c', 'printf postgres > /proc/self/comm; read'], { stdio: ['pipe', 'ignore', 'ignore'] });
  while (readFileSync('/proc/' + server.pid + '/comm', 'utf8') !== 'postgres\\n')
    await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = new Promise((resolve) => plain.on('exit', (code, signal) => resolve(signal)));
  killChildren();
  console.log(JSON.stringify({ plain: await ended, watchdog: watchdog.exitCode, server: server.exitCode,
    watchdogSignal: watchdog.signalCode, serverSignal: server.signalCode }));
  process.kill(-watchdog.pid, 'SIGKILL');
  server.stdin.end();
`;

it('kills children, but neither servers nor watchdogs, which see to their own end', async () => {
  const module = join(import.meta.dirname, '../../../dist/cli/kill-children.js');
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, module], {
    env: { ...process.env, HOLDFAST_TEST_MARK: `kill-children-${process.pid}` },
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  expect(JSON.parse(text)).toEqual({
    plain: 'SIGKILL',
    watchdog: null,
    watchdogSignal: null,
    server: null,
    serverSignal: null,
  });
  // The script's own last kills take effect when the kernel gets to them.
  const mark = `kill-children-${process.pid}`;
  await eventually('nothing of it is left', async () => (await processesMentioning(mark)).length === 0);
});
