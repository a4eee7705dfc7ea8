/** Every command as the process that users start, from what is built: most other tests run it within their own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let cwd: string;
let shop: TestDatabase;

beforeAll(async () => {
  cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'empty.sql'), '');
  shop = await createDatabase(sharedServer(), 'CREATE TABLE items AS SELECT 1 AS id');
});

afterAll(() => shop.end());

/** In an order that works: each with its exit status, and where it fails the code of its error. */
const COMMANDS: ReadonlyArray<readonly [line: string, exitCode: number, code?: string]> = [
  ['init', 0],
  ['vault init VAULT', 0],
  ['backup --url URL --name shop VAULT', 0],
  ['list VAULT', 0],
  ['show shop VAULT', 0],
  ['compare shop shop VAULT', 0],
  ['check shop VAULT', 0],
  ['verify shop --server URL VAULT', 0],
  ['status shop VAULT', 0],
  ['prune shop --keep-last 1 --dry-run VAULT', 0],
  ['restore shop --to URL --dry-run VAULT', 1, 'TARGET_NOT_EMPTY'],
  ['accept shop --dry-run VAULT', 0],
  ['adopt shop --dry-run VAULT', 0],
  ['import empty.sql --name shop VAULT', 1, 'DUMP_UNRECOGNIZED'],
  ['policy database', 0],
  ['audit --template empty.sql', 2, 'TEMPLATE_INVALID'],
  ['report', 1, 'AWS_CREDENTIALS'],
  ['synth', 2, 'CONFIG_INVALID'],
  ['run appdb', 2, 'CONFIG_INVALID'],
  ['rotate app', 1, 'AWS_CREDENTIALS'],
  ['secret set app', 1, 'AWS_CREDENTIALS'],
];

/** Of these, other tests start processes: they have an environment of their own. */
const ELSEWHERE = ['demo', 'diff', 'deploy', 'destroy'];

it.each(COMMANDS.map(([line, ...end]) => ({ line, end })))('holdfast $line', async ({ line, end }) => {
  const words = line
    .replace('VAULT', `--vault ${pathToFileURL(join(cwd, 'vault')).href}`)
    .replace('URL', shop.url)
    .split(' ');
  const { stdout, ...result } = await runHoldfast([...words, '--json'], { cwd, env: {} });
  const { error } = JSON.parse(stdout) as { error?: { code: string } };
  expect([result.code, ...(error ? [error.code] : [])]).toEqual(end);
});

it('has every command in this list', () => {
  const lines = [...COMMANDS.map(([line]) => line), ...ELSEWHERE];
  const program = createProgram(() => Promise.resolve());
  const missing = namesOf(program).filter((name) => !lines.some((line) => `${line} `.startsWith(`${name} `)));
  expect(missing).toEqual([]);
});

function namesOf(program: Command): string[] {
  return program.commands.flatMap((command) =>
    command.commands.length > 0 ? namesOf(command).map((name) => `${command.name()} ${name}`) : [command.name()],
  );
}
