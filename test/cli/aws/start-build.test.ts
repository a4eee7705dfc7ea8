import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { expect, it } from 'vitest';
import { startBuild } from '../../../src/cli/aws/start-build.js';

const REFUSED = Object.assign(new Error('Cannot have more than 0 builds in queue for the account'), {
  name: 'AccountLimitExceededException',
});

/** What the emulator cannot bring about: a refusal that is not the project's own. */
function accountWith(answers: Readonly<Record<string, unknown>>): CodeBuildClient {
  const send = ({ constructor: { name } }: object) => {
    const answer = answers[name] ?? REFUSED;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { send } as unknown as CodeBuildClient;
}

it.each([
  ['no build of the project has ever run', { ListBuildsForProjectCommand: { ids: [] } }],
  [
    'the builds of the project have ended',
    {
      ListBuildsForProjectCommand: { ids: ['p:1'] },
      BatchGetBuildsCommand: { builds: [{ id: 'p:1', buildStatus: 'FAILED' }] },
    },
  ],
  ['the builds may not be looked at', { ListBuildsForProjectCommand: new Error('AccessDenied') }],
])("a refusal is told as one of the account's quota where %s", async (_, answers) => {
  await expect(startBuild(accountWith(answers), 'p')).rejects.toMatchObject({
    code: 'AWS_FAILED',
    message: 'Starting the project p: Cannot have more than 0 builds in queue for the account.',
    hint: expect.stringContaining('quotas of AWS CodeBuild') as string,
  });
});
