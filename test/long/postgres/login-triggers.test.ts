import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest';
import { debianPostgres } from '../../helpers/debian-postgres.js';
import { runHoldfast, type RunResult } from '../../helpers/holdfast.js';
import { openDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { startWireRecorder, type WireRecorder } from '../../helpers/wire-recorder.js';
import { DUMPER, startTrappedServer, type TrappedServer } from '../../integration/postgres/trapped-server.js';

const cwd = temporaryDirectory();
const vault = newVault().url;
let trapped: TrappedServer;
let wire: WireRecorder;
let bin: string;
let rolesBefore: string[];

beforeAll(async () => {
  const programs = await debianPostgres({ suite: 'trixie', major: 17 });
  bin = programs.directory;
  trapped = await startTrappedServer({ programs, loginTrigger: true });
  wire = await startWireRecorder(trapped.server);
}, 600_000);
afterAll(async () => {
  await wire?.stop();
  await trapped?.stop();
});
beforeEach(async () => {
  await trapped.forget();
  rolesBefore = await trapped.roles();
});
afterEach(async () => {
  expect(await trapped.roles()).toEqual(rolesBefore);
});

const urlOf = (user: string, database: string) => openDatabase(wire.server, database).urlFor(user);

async function holdfast(args: readonly string[]): Promise<RunResult> {
  const result = await runHoldfast([...args, '--json'], { cwd, env: { HOLDFAST_PG_BIN: bin } });
  expect(result.code, result.stderr + result.stdout).toBe(0);
  return result;
}

it('A1: a login trigger runs for a dumping role, with its few rights alone', async () => {
  await holdfast(['backup', '--url', urlOf(DUMPER, 'shop'), '--name', 'dumped', '--vault', vault]);
  const sprung = await trapped.sprung();
  expect(sprung.length).toBeGreaterThan(0);
  for (const line of sprung) expect(line).toContain(`login trigger with the rights of ${DUMPER}`);
});

it('A1: a login trigger runs for no session of a superuser, nor for those of pg_dump and psql', async () => {
  await holdfast(['backup', '--dry-run', '--url', urlOf('postgres', 'shop'), '--name', 'shop', '--vault', vault]);
  await holdfast(['backup', '--url', urlOf('postgres', 'shop'), '--name', 'shop', '--vault', vault]);
  await holdfast(['verify', 'shop', '--vault', vault]);
  await holdfast(['verify', 'shop', '--vault', vault, '--server', urlOf('postgres', 'postgres')]);
  const to = urlOf('postgres', 'copy');
  await holdfast(['restore', 'shop', '--vault', vault, '--create', '--globals', '--check', '--to', to]);
  expect(await trapped.sprung()).toEqual([]);
  const begun = wire.sessions.filter(({ texts, startup }) => texts.length > 0 && startup.user === 'postgres');
  expect(begun.length).toBeGreaterThan(10);
  for (const { startup } of begun) expect(startup.options).toContain('-c event_triggers=off');
});
