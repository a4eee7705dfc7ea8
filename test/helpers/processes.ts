/** Which processes a test left behind. Reads /proc, so it works on Linux alone, as the tests that need it do. */
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * The living processes, other than this one, whose command line, environment or working directory contains `text`:
 * a temporary directory's path, or a value that the test gave in the environment.
 */
export async function processesMentioning(text: string): Promise<FoundProcess[]> {
  const found: FoundProcess[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const read = (file: string) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '');
    const [command, environment, cwd] = await Promise.all([
      read('cmdline'),
      read('environ'),
      readlink(`/proc/${name}/cwd`).catch(() => ''),
    ]);
    // A zombie has no command line any more: it is gone but for its exit status.
    if (command === '' || ![command, environment, cwd].some((part) => part.includes(text))) continue;
    found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() });
  }
  return found;
}

/** Waits until `condition` holds. @throws Error naming what it waited for, after `seconds` */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
