import {
  BatchGetProjectsCommand,
  type BatchGetProjectsCommandOutput,
  CreateProjectCommand,
  DeleteProjectCommand,
  type Project,
  UpdateProjectCommand,
  type UpdateProjectCommandInput,
} from '@aws-sdk/client-codebuild';
import { GetScheduleCommand, ListSchedulesCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import { answering, type LiveCase, type Mend, type Surroundings } from '../live-cases/live-case.js';

const PROJECT = 'rds-pgdump-backup-prod-appdb';
const OTHER = 'rds-pgdump-backup-prod-other';

export const CODEBUILD_CASES: readonly LiveCase[] = [
  {
    control: 'codebuild-no-plaintext-credentials',
    fails: [PROJECT],
    says: 'The variable PGPASSWORD contains a plaintext credential.',
    break: updated(({ environment }) => ({
      environment: {
        ...environment!,
        environmentVariables: [
          ...environment!.environmentVariables!,
          { name: 'PGPASSWORD', value: 'for-the-emulator', type: 'PLAINTEXT' },
        ],
      },
    })),
  },
  {
    control: 'codebuild-logs',
    fails: [PROJECT],
    says: 'Logs are off.',
    break: updated(() => ({
      logsConfig: { cloudWatchLogs: { status: 'DISABLED' }, s3Logs: { status: 'DISABLED' } },
    })),
  },
  {
    control: 'codebuild-cmk',
    fails: [PROJECT],
    says: /AWS managed key|not encrypted with a customer managed key/,
    break: updated(() => ({ encryptionKey: 'alias/aws/s3' })),
  },
  {
    control: 'codebuild-not-privileged',
    fails: [PROJECT],
    says: 'Privileged mode is on.',
    break: updated(({ environment }) => ({ environment: { ...environment!, privilegedMode: true } })),
  },
  {
    control: 'codebuild-source-trusted',
    fails: [PROJECT],
    says: 'The address of its source https://git.example.com/app holds a credential.',
    break: updated(({ source }) => ({
      source: { ...source!, type: 'GITHUB', location: 'https://token@git.example.com/app' },
    })),
  },
  {
    control: 'codebuild-not-public',
    fails: [PROJECT],
    says: 'Everyone can read its builds.',
    recorded: 'UpdateProjectVisibility does not exist',
    break: ({ aws: { codeBuild } }) =>
      Promise.resolve(
        answering<BatchGetProjectsCommandOutput>(codeBuild, 'BatchGetProjectsCommand', (answer) => ({
          ...answer!,
          projects: answer!.projects!.map((one) => ({
            ...one,
            ...(one.name === PROJECT && { projectVisibility: 'PUBLIC_READ' as const }),
          })),
        })),
      ),
  },
  {
    control: 'backup-every-database-scheduled',
    fails: [PROJECT],
    says: 'Its schedule is disabled.',
    reads: ['schedules'],
    async break({ aws: { scheduler } }) {
      const { Schedules } = await scheduler.send(new ListSchedulesCommand({}));
      const { Name, GroupName } = Schedules!.find((one) => one.Name!.endsWith('appdb'))!;
      const schedule = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
      const set = (State: 'ENABLED' | 'DISABLED') => {
        const { ScheduleExpression, FlexibleTimeWindow, Target, ScheduleExpressionTimezone } = schedule;
        return scheduler.send(
          new UpdateScheduleCommand({
            Name,
            GroupName,
            ScheduleExpression,
            ScheduleExpressionTimezone,
            FlexibleTimeWindow,
            Target,
            State,
          }),
        );
      };
      await set('DISABLED');
      return () => set('ENABLED');
    },
  },
  {
    control: 'backup-role-per-database',
    fails: [OTHER, PROJECT],
    says: /^It shares its role with /,
    async break({ aws: { codeBuild } }) {
      const { serviceRole, source, artifacts, environment } = await projectOf(codeBuild);
      await codeBuild.send(new CreateProjectCommand({ name: OTHER, serviceRole, source, artifacts, environment }));
      return () => codeBuild.send(new DeleteProjectCommand({ name: OTHER }));
    },
  },
];

type Changes = Omit<UpdateProjectCommandInput, 'name'>;

function updated(broken: (project: Project) => Changes) {
  return async ({ aws: { codeBuild } }: Surroundings): Promise<Mend> => {
    const project = await projectOf(codeBuild);
    const changes = broken(project);
    await codeBuild.send(new UpdateProjectCommand({ name: PROJECT, ...changes }));
    const right = Object.fromEntries(Object.keys(changes).map((name) => [name, project[name as keyof Project]]));
    return () => codeBuild.send(new UpdateProjectCommand({ name: PROJECT, ...right }));
  };
}

async function projectOf(codeBuild: AuditClients['codeBuild']): Promise<Project> {
  const { projects } = await codeBuild.send(new BatchGetProjectsCommand({ names: [PROJECT] }));
  return projects![0]!;
}
