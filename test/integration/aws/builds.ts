/** Projects of CodeBuild in the emulator, and how their builds go: see test/emulator/services/codebuild/builds.py. */
import { CodeBuildClient, CreateProjectCommand } from '@aws-sdk/client-codebuild';
import type { Emulator } from '../../helpers/emulator.js';
import { clientOptions, SOURCE_ACCOUNT, type Environment } from './accounts.js';

/** How the builds of a project go that are started from now on. */
export interface Course {
  /** IN_PROGRESS: it goes on until it is stopped. @default SUCCEEDED */
  readonly status?: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'FAULT' | 'IN_PROGRESS';
  /** The one in which it ends. @default BUILD */
  readonly phase?: string;
  /** What CodeBuild says of the phase. */
  readonly message?: string;
  /** Pieces of the log, as they come; each of one line or more. */
  readonly log?: readonly string[];
}

export const projectOf = (database: string) => `rds-pgdump-backup-prod-${database}`;

/** A project as `holdfast deploy` makes them, as far as builds are concerned. */
export async function createProject(env: Environment, database: string): Promise<void> {
  const client = new CodeBuildClient(clientOptions(env));
  await client.send(
    new CreateProjectCommand({
      name: projectOf(database),
      serviceRole: `arn:aws:iam::${SOURCE_ACCOUNT}:role/writer`,
      artifacts: { type: 'NO_ARTIFACTS' },
      source: { type: 'NO_SOURCE', buildspec: '{"version":"0.2"}' },
      environment: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/x', computeType: 'BUILD_GENERAL1_SMALL' },
      concurrentBuildLimit: 1,
    }),
  );
  client.destroy();
}

export async function setCourse(emulator: Emulator, database: string, course: Course): Promise<void> {
  const body = JSON.stringify({ project: projectOf(database), ...course });
  const answer = await fetch(`${emulator.endpoint}/emulator/builds`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`Setting a course: ${await answer.text()}`);
}
