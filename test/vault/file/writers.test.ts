/** Writers in other processes: racing ones, killed ones, and those that cannot be seen from here. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { temporaryName } from '../../../src/vault/file/temporary-file.js';
import { ownIdentity, stateOf } from '../../../src/vault/file/writer-identity.js';
import { temporaryDirectories } from './temporary-directory.js';

const newDirectory = temporaryDirectories();
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

interface Writer {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  readonly line: () => Promise<string>;
  readonly send: (text: string) => void;
}

function startWriter(directory: string, mode: 'race' | 'hang', name: string): Writer {
  const script = fileURLToPath(new URL('./writer-process.ts', import.meta.url));
  const jiti = join(repository, 'node_modules/jiti/lib/jiti-cli.mjs');
  const child = spawn(process.execPath, [jiti, script, directory, mode, name], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => String((await lines.next()).value),
    send: (text) => child.stdin.write(text),
  };
}

async function killed(writer: Writer): Promise<void> {
  const gone = new Promise((resolve) => writer.child.once('exit', resolve));
  writer.child.kill('SIGKILL');
  await gone;
}

async function store(directory: string, key: string): Promise<void> {
  const body = (async function* () {
    yield await Promise.resolve(Buffer.from(key));
  })();
  await openFileStore(directory).put(key, body);
}

async function textOf(directory: string, key: string): Promise<string> {
  let text = '';
  for await (const chunk of openFileStore(directory).get(key)) text += Buffer.from(chunk).toString();
  return text;
}

describe('several processes that write into one vault', () => {
  it('store each key exactly once, and the losers are told', async () => {
    const directory = await newDirectory();
    const writers = ['one', 'two', 'three'].map((name) => ({ name, ...startWriter(directory, 'race', name) }));
    for (const writer of writers) expect(await writer.line()).toBe('ready');
    const keys = Array.from({ length: 60 }, (_, index) => `a/${index % 4}/key-${index}`);
    for (const key of keys) for (const writer of writers) writer.send(`${key}\n`);
    const winners = new Set<string>();
    for (const key of keys) {
      const outcomes = await Promise.all(writers.map(async ({ name, line }) => [name, await line()] as const));
      const stored = outcomes.filter(([, outcome]) => outcome === 'stored');
      expect(outcomes.map(([, outcome]) => outcome).sort(), key).toEqual(['OBJECT_EXISTS', 'OBJECT_EXISTS', 'stored']);
      expect(await textOf(directory, key)).toBe(stored[0]?.[0]);
      winners.add(stored[0]?.[0] ?? '');
    }
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 60_000);
});

describe('a temporary file', () => {
  it('of a killed process is never listed, and the next put of any key removes it', async () => {
    const directory = await newDirectory();
    const writer = startWriter(directory, 'hang', 'a/2026/11/21/dump');
    expect(await writer.line()).toBe('writing');
    await killed(writer);
    const left = (await readdir(directory)).filter((name) => name.startsWith('.holdfast-tmp-'));
    expect(left).toHaveLength(1);
    for await (const info of openFileStore(directory).list('')) expect.fail(`listed: ${info.key}`);
    expect(await openFileStore(directory).head('a/2026/11/21/dump')).toBeUndefined();

    await store(directory, 'a/2026/11/22/dump');
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await textOf(directory, 'a/2026/11/22/dump')).toBe('a/2026/11/22/dump');
  }, 60_000);

  it('of a process that still writes is left alone, and its object can be finished', async () => {
    const directory = await newDirectory();
    const writer = startWriter(directory, 'hang', 'slow');
    expect(await writer.line()).toBe('writing');
    await store(directory, 'other');
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toHaveLength(1);
    await killed(writer);
  }, 60_000);

  const me = ownIdentity();
  const dayAndMore = 25 * 3600;

  it.each([
    ['of this process', me, dayAndMore, true],
    ['of a process that had our id before us', { ...me, startedAt: me.startedAt - 1 }, 0, false],
    ['of another machine, written to in the last day', { ...me, place: 'ffffffffffff' }, 23 * 3600, true],
    ['of another machine, silent for more than a day', { ...me, place: 'ffffffffffff' }, dayAndMore, false],
  ])('%s is judged by who writes it', async (_, writer, ageSeconds, stays) => {
    expect(me.startedAt, 'process start times are read from /proc: this test needs Linux').toBeGreaterThan(0);
    const directory = await newDirectory();
    const name = temporaryName(writer);
    await writeFile(join(directory, name), 'content');
    const time = new Date(Date.now() - ageSeconds * 1000);
    await utimes(join(directory, name), time, time);
    await store(directory, 'object');
    expect((await readdir(directory)).includes(name)).toBe(stays);
  });

  it('that is not named like ours is left alone, however old', async () => {
    const directory = await newDirectory();
    const names = ['.holdfast-tmp-', '.holdfast-tmp-notes', '.holdfast-tmp-ffffffffffff-1-1', 'holdfast-tmp'];
    for (const name of names) {
      await writeFile(join(directory, name), 'content');
      await utimes(join(directory, name), 0, 0);
    }
    await store(directory, 'object');
    expect(await readdir(directory)).toEqual(expect.arrayContaining(names));
  });
});

describe('the state of a writer', () => {
  it('is dead for an ended process, alive for this one, and unknown elsewhere', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const me = ownIdentity();
    expect(stateOf({ ...me, pid: child.pid ?? 0 })).toBe('dead');
    expect(stateOf(me)).toBe('alive');
    expect(stateOf({ ...me, place: '000000000000', pid: child.pid ?? 0 })).toBe('elsewhere');
    // Without a start time nothing contradicts that it is the same process.
    expect(stateOf({ ...me, startedAt: 0 })).toBe('alive');
  });
});
