/** `holdfast run`: builds of CodeBuild, started and followed. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BatchGetBuildsCommand, CodeBuildClient, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuilds } from '../../../src/cli/aws/follow-build.js';
import { runDocument } from '../../../src/cli/json/aws-documents.js';
import { failedDocument } from '../../../src/cli/json/documents.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast, startHoldfast } from '../../helpers/holdfast.js';
import { eventually } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { parseDocument, runFailing, runJson } from '../cli/run-json.js';
import {
  administrator,
  clientOptions,
  configOf,
  deployerEnvironment,
  REGION,
  SOURCE_ACCOUNT,
  type Environment,
} from './accounts.js';
import { createProject, projectOf, setCourse } from './builds.js';

const DATABASES = ['good', 'bad', 'stale', 'endless', 'quick'] as const;
const FAILURE = 'Error while executing command: node holdfast.mjs backup bad. Reason: exit status 1';

const emulator = useEmulator();
const cwd = temporaryDirectory();
const never = new AbortController().signal;
let env: Environment;
let inSource: Environment;
let client: CodeBuildClient;

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  inSource = await administrator(emulator, SOURCE_ACCOUNT);
  client = new CodeBuildClient(clientOptions(inSource));
  for (const database of DATABASES) await createProject(inSource, database);
  const others = [...DATABASES, 'new'].map((name) => `- {name: ${name}, dbName: ${name}, host: db.internal}`);
  await writeFile(
    join(cwd, 'holdfast.yaml'),
    configOf(['name: shop', 'dbName: shop', 'host: db.internal']).replace(
      'databases:',
      `databases:\n  ${others.join('\n  ')}`,
    ),
  );
});
afterAll(() => client.destroy());

const run = (database: string, ...args: string[]) => runHoldfast(['run', database, ...args], { cwd, env });

async function statusOf(id: string): Promise<string | undefined> {
  const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
  return builds?.[0]?.buildStatus;
}

// Most of their time is waiting, each for a build of its own.
describe.concurrent('holdfast run', () => {
  it('shows each line of the log once and in order, and ends as the build does', async () => {
    await setCourse(emulator, 'good', { log: ['dumping good', 'good  3,250 rows\nstored\ndone \u001b[2J'] });
    await setCourse(emulator, 'bad', { status: 'FAILED', message: FAILURE, log: ['dumping bad\nerror: no space'] });
    await setCourse(emulator, 'stale', { status: 'FAILED', message: 'exit status 3', log: [] });
    const [good, bad, stale] = await Promise.all([
      run('good'),
      run('bad'),
      runJson(runDocument, ['run', 'stale', '--quiet'], { cwd, env, exitCode: 3 }),
    ]);

    expect(good.code, good.stderr).toBe(0);
    const [started] = good.stderr.split('\n');
    expect(started).toMatch(/^Started build rds-pgdump-backup-prod-good:\S+ in account 111122223333, us-east-1\.$/);
    // What the log holds does not steer the terminal.
    expect(good.stdout).toMatch(
      /^dumping good\ngood {2}3,250 rows\nstored\ndone \\u001b\[2J\ngood: succeeded after [\d.]+ s\.\n$/,
    );

    expect(bad.code).toBe(1);
    const [first, second, verdict, log] = bad.stdout.split('\n');
    expect([first, second]).toEqual(['dumping bad', 'error: no space']);
    expect(verdict).toMatch(/^bad: failed after [\d.]+ s\. BUILD failed: /);
    expect(verdict).toContain(FAILURE);
    expect(log).toMatch(/^Its log: aws logs tail \/aws\/codebuild\/rds-pgdump-backup-prod-bad --log-stream-names \S+$/);

    expect(stale.run).toMatchObject({ database: 'stale', status: 'FAILED', log: null, lastLines: [] });
    expect(stale.run.problem).toBe('BUILD failed: exit status 3.');
  });

  it('ends with Ctrl-C and says how to end the build, which goes on; no other is started beside it', async () => {
    await setCourse(emulator, 'endless', { status: 'IN_PROGRESS', log: ['dumping'] });
    const { child, result } = startHoldfast(['run', 'endless', '--json'], { cwd, env });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually('the log is followed', () => said.includes('dumping'));
    child.kill('SIGINT');
    const ended = await result;
    expect(ended.code).toBe(130);
    const id = /Started build (\S+)/.exec(said)?.[1] ?? '';
    const { error } = parseDocument(failedDocument, ended);
    expect(error).toMatchObject({ code: 'INTERRUPTED', message: `Interrupted by SIGINT. Build ${id} goes on.` });
    expect(error.hint).toContain(`aws codebuild stop-build --id ${id}`);
    expect(error.hint).not.toContain('run the command again');
    expect(await statusOf(id)).toBe('IN_PROGRESS');

    const refused = await runFailing(['run', 'endless'], { cwd, env });
    expect(refused.code).toBe('BUILD_RUNNING');
    expect(refused.message).toContain(`build ${id} has been running since 2`);
    expect(refused.hint).toContain(`aws codebuild stop-build --id ${id}`);
    expect(await statusOf(id)).toBe('IN_PROGRESS');
    await client.send(new StopBuildCommand({ id }));
  });

  it('does not wait with --no-follow', async () => {
    const { run: started } = await runJson(runDocument, ['run', 'quick', '--no-follow'], { cwd, env });
    expect(started).toMatchObject({ database: 'quick', status: 'IN_PROGRESS', durationMs: null, log: null });
    expect(started.buildId).toMatch(/^rds-pgdump-backup-prod-quick:/);
    await client.send(new StopBuildCommand({ id: started.buildId }));
  });

  it('refuses a database that the config does not have', async () => {
    const { code, message } = await runFailing(['run', 'endles'], { cwd, env });
    expect(code).toBe('UNKNOWN_DATABASE');
    expect(message).toContain('Did you mean "endless"?');
  });

  it('says the next step where the project is not deployed', async () => {
    const { code, message, hint } = await runFailing(['run', 'new'], { cwd, env });
    expect(code).toBe('AWS_MISSING');
    expect(message).toContain(projectOf('new'));
    expect(hint).toContain('holdfast deploy');
  });
});

describe('following a build', () => {
  const POLL_MS = 10;

  /** @returns what became of it, and its lines */
  async function follow(
    onLine: (line: string, id: string) => void = () => {},
    endpoint = emulator.endpoint,
    onUnread?: (error: HoldfastError) => void,
  ) {
    const builds = openBuilds({ region: REGION, endpoint, credentials: client.config.credentials }, never, POLL_MS);
    const lines: string[] = [];
    const id = await builds.start(projectOf('quick'));
    try {
      const onEach = (line: string) => {
        lines.push(line);
        onLine(line, id);
      };
      const outcome = await builds.follow(id, onEach, onUnread);
      return { ...outcome, lines };
    } finally {
      builds.close();
    }
  }

  it('tells that somebody has stopped it', async () => {
    await setCourse(emulator, 'quick', { status: 'IN_PROGRESS', log: ['dumping'] });
    const outcome = await follow((_, id) => void client.send(new StopBuildCommand({ id })));
    expect(outcome).toMatchObject({ status: 'STOPPED', exitCode: 1, problem: 'BUILD was stopped.' });
  });

  it('tells a build that has failed before it could write a log', async () => {
    const message = 'Build container found dead before completing the build';
    await setCourse(emulator, 'quick', { status: 'FAULT', phase: 'PROVISIONING', message });
    const outcome = await follow();
    expect(outcome).toMatchObject({ status: 'FAULT', exitCode: 1, problem: `PROVISIONING failed: ${message}.` });
    expect(outcome.log).toBeUndefined();
  });

  it('hands out the end of a long log, and all of it as it comes', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    await setCourse(emulator, 'quick', {
      status: 'TIMED_OUT',
      log: [numbers.slice(0, 60).join('\n'), numbers.slice(60).join('\n')],
    });
    const outcome = await follow();
    expect(outcome.lines).toEqual(numbers);
    expect(outcome.lastLines).toEqual(numbers.slice(-20));
    expect(outcome).toMatchObject({ status: 'TIMED_OUT', problem: 'BUILD timed out.' });
    expect(outcome.log?.group).toBe(`/aws/codebuild/${projectOf('quick')}`);
  });

  it('outlasts a network that is away for a while, and loses no line', async () => {
    await setCourse(emulator, 'quick', { log: ['one', 'two', 'three'] });
    const network = await openNetwork(emulator.endpoint);
    // The SDK tries three times by itself.
    const outcome = await follow((line) => line === 'one' && network.goAwayFor(7), network.endpoint);
    await network.close();
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', lines: ['one', 'two', 'three'] });
    expect(network.refused()).toBe(7);
  });

  it('C: follows a build whose log may not be read to its end, and says why there is no log', async () => {
    await setCourse(emulator, 'quick', { status: 'FAILED', message: 'exit status 3', log: ['one', 'two'] });
    const network = await openNetwork(emulator.endpoint);
    network.denyLogs();
    const told: string[] = [];
    const outcome = await follow(undefined, network.endpoint, ({ code }) => told.push(code));
    await network.close();
    expect(outcome).toMatchObject({
      status: 'FAILED',
      exitCode: 3,
      problem: 'BUILD failed: exit status 3.',
      lines: [],
    });
    expect(outcome.logUnread).toMatchObject({ code: 'AWS_DENIED' });
    expect(outcome.logUnread?.message).toContain('logs:GetLogEvents');
    // Once, however often it was looked at.
    expect(told).toEqual(['AWS_DENIED']);
  });
});

/** A way to the emulator that breaks for a number of requests, and may refuse to show logs. */
async function openNetwork(target: string) {
  let away = 0;
  let refused = 0;
  let denied = false;
  const server: Server = createServer((from, to) => {
    if (away > 0) {
      away--;
      refused++;
      return void from.socket.destroy();
    }
    const { method, headers, url = '/' } = from;
    if (denied && String(headers['x-amz-target']).endsWith('.GetLogEvents')) {
      const message = 'User: deployer is not authorized to perform: logs:GetLogEvents';
      from.resume();
      to.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      return void to.end(JSON.stringify({ __type: 'AccessDeniedException', message }));
    }
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    goAwayFor: (requests: number) => (away = requests),
    refused: () => refused,
    denyLogs: () => (denied = true),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
