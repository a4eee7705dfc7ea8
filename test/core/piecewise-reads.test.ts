import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { PiecewiseReads } from '../../src/core/piecewise-reads.js';
import { ReusingSocket } from '../../src/core/reusing-socket.js';
import { connectPair } from '../../src/core/socket-pair.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const BYTES = 3_000_000;
/** Numbered lines, so many that no buffer between takes them. */
const SCRIPT = `seq -w 1 99999999 | head -c ${BYTES}`;

async function textOf(reads: PiecewiseReads): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of reads) {
    pieces.push(Buffer.from(piece));
    // Whoever reads on has done with it.
    piece.fill(0);
  }
  return Buffer.concat(pieces).toString();
}

it.each(['a socket of ours', 'a pipe'])(
  'all that a child writes comes out, through %s, asked first or not',
  async (how) => {
    const ours = new ReusingSocket();
    const theirs = how === 'a pipe' ? 'pipe' : await connectPair(ours);
    const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['ignore', theirs, 'inherit'] });
    if (theirs !== 'pipe') theirs.destroy();
    const reads = new PiecewiseReads(theirs === 'pipe' ? child.stdout! : ours);
    const asked = [reads.any(), reads.any()];
    const text = await textOf(reads);
    expect(await Promise.all(asked)).toEqual([true, true]);
    expect(text).toHaveLength(BYTES);
    const lines = text.split('\n').slice(0, -1);
    expect(lines.findIndex((line, index) => Number(line) !== index + 1)).toBe(-1);
    expect(await reads.any()).toBe(false);
  },
);

it('a child that writes to nobody is told so, and one that writes nothing has ended', async () => {
  const [ours, silent] = [new ReusingSocket(), new ReusingSocket()];
  const theirs = await connectPair(ours);
  const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['ignore', theirs, 'ignore'] });
  theirs.destroy();
  const reads = new PiecewiseReads(ours);
  await reads.any();
  reads.destroy();
  await once(child, 'close');
  const other = await connectPair(silent);
  const quiet = spawn('/bin/true', { stdio: ['ignore', other, 'ignore'] });
  other.destroy();
  expect(await new PiecewiseReads(silent).any()).toBe(false);
  if (quiet.exitCode === null) await once(quiet, 'exit');
});

it('a pair leaves nothing in the directory for temporary files, and there is none without one', async () => {
  const directory = temporaryDirectory();
  vi.stubEnv('TMPDIR', directory);
  const ours = new ReusingSocket();
  (await connectPair(ours)).destroy();
  ours.destroy();
  expect(readdirSync(directory)).toEqual([]);
  vi.stubEnv('TMPDIR', `${directory}/missing`);
  await expect(connectPair(new ReusingSocket())).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(`${directory}/missing`)).toBe(false);
  vi.unstubAllEnvs();
});
