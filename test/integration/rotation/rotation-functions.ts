/** The bundled functions, run as Lambda runs them: called by the emulator's Secrets Manager, or once a day. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { onTestFinished } from 'vitest';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';
import { clientOptions } from '../emulator/stacks.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/rotation');

/** Starts what stands for Lambda until the test ends, and lets the emulator call it. @param more of their environment @returns what the functions have printed so far */
export async function startFunctions(
  emulator: Emulator,
  bundles: string,
  settings: Readonly<Record<string, RotationSettingsInput>>,
  more: Readonly<Record<string, string>> = {},
): Promise<() => string> {
  const env = { ...environment(emulator), HOLDFAST_TEST_SETTINGS: JSON.stringify(settings), ...more };
  const child = spawn(process.execPath, [join(FIXTURES, 'lambda-server.mjs'), bundles], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.stdin.end());
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  while (!said.includes('port ')) await once(child.stdout, 'data');
  const lambdaUrl = `http://127.0.0.1:${/port (\d+)/.exec(said)?.[1]}`;
  await fetch(`${emulator.endpoint}/emulator/options`, { method: 'POST', body: JSON.stringify({ lambdaUrl }) });
  return () => said;
}

/** @returns the ARN of a function that the emulator knows, and calls where `startFunctions` says */
export async function createFunction(emulator: Emulator, FunctionName: string): Promise<string> {
  const { Role } = await new IAMClient(clientOptions(emulator)).send(
    new CreateRoleCommand({ RoleName: FunctionName, AssumeRolePolicyDocument: '{}' }),
  );
  const made = await new LambdaClient(clientOptions(emulator)).send(
    new CreateFunctionCommand({
      FunctionName,
      Code: { ZipFile: Buffer.from('none') },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: Role?.Arn,
    }),
  );
  return made.FunctionArn ?? '';
}

/** How a rotation ended that the emulator has carried out. */
export async function rotationEnded(emulator: Emulator, token: string | undefined): Promise<string> {
  for (;;) {
    const answer = await fetch(`${emulator.endpoint}/emulator/rotations`);
    const all = (await answer.json()) as { token: string; status: string }[];
    const status = all.find((rotation) => rotation.token === token)?.status;
    if (status !== undefined && status !== 'running') return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface WatchedInput {
  readonly secretArn: string;
  readonly maxAgeDays: number;
  readonly manual?: boolean;
}

/** Runs the function that looks for overdue rotations once. @returns what it logged, errors first, parsed */
export async function runWatch(
  emulator: Emulator,
  bundles: string,
  watched: readonly WatchedInput[],
  daysLater = 0,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const bundle = pathToFileURL(join(bundles, 'watch-rotations/index.mjs')).href;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      ...['--import', join(FIXTURES, 'days-later.mjs'), '--input-type=module'],
      ...['-e', `await (await import(${JSON.stringify(bundle)})).handler();`],
    ],
    {
      env: {
        ...environment(emulator),
        AWS_LAMBDA_FUNCTION_NAME: 'fintech-rotation-watch',
        HOLDFAST_ROTATION_WATCH: JSON.stringify(watched),
        DAYS_LATER: String(daysLater),
      },
    },
  );
  return `${stderr}\n${stdout}`
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function environment(emulator: Emulator): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, ...emulator.env, POWERTOOLS_TRACE_ENABLED: 'false' };
}
