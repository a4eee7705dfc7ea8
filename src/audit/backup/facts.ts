/** The jobs that back databases up, what starts them, and what the vault holds for each database. */
import type { CodeBuildProjectFact } from '../codebuild/facts.js';
import { isNamed } from '../model/known-name.js';
import type { ControlContext } from '../model/control.js';
import type { ResourceFact } from '../model/facts.js';
import type { Reading } from '../model/reading.js';
import { parseArn } from '../../syntax/arn.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly schedules: ScheduleFact;
    readonly backups: BackupFact;
  }
}

export interface ScheduleFact extends ResourceFact {
  readonly enabled: Reading<boolean>;
  readonly expression: Reading<string>;
  readonly targetArn: Reading<string>;
}

/** One configured database, as the vault shows it. Live only. */
export interface BackupFact extends ResourceFact {
  /** Whether it is in the config: the vault may hold others, for which nothing is required. */
  readonly configured: boolean;
  /** The newest backup with a manifest. */
  readonly newest: Reading<{ readonly key: string; readonly takenAt: Date } | undefined>;
  /** How its dump is encrypted in the vault; `undefined`: the vault does not encrypt, like a directory. */
  readonly encryption: Reading<{ readonly kmsKeyId?: string } | undefined>;
  readonly newestProof: Reading<{ readonly verifiedAt: Date; readonly verdict: string } | undefined>;
  /** Warnings of the volume checks, in words; empty: plausible. */
  readonly volumeWarnings: Reading<readonly string[]>;
  /** What is stored beside its backups that no honest run leaves there, in words. */
  readonly anomalies?: Reading<readonly string[]>;
  /** Milliseconds; `undefined`: no limit is set. */
  readonly backupObjectiveMs: number | undefined;
  readonly proofObjectiveMs: number | undefined;
}

/** From the config, and from the name that Holdfast gives them. */
export function isBackupProject(project: CodeBuildProjectFact, { declared }: ControlContext): boolean {
  return isNamed(project, [...declared.backupProjects, 'rds-pgdump-backup-*']);
}

/**
 * What a schedule starts. EventBridge's universal target `aws-sdk:codebuild:startBuild` names the project in its input
 * alone; it becomes `project/<name>`, as a project's ARN ends.
 */
export function scheduledTarget(arn: string, input: string | undefined): string {
  const { service, resource } = parseArn(arn) ?? {};
  if (service !== 'scheduler' || resource !== 'aws-sdk:codebuild:startBuild') return arn;
  const parsed = parse(input);
  return typeof parsed === 'object' &&
    parsed !== null &&
    'ProjectName' in parsed &&
    typeof parsed.ProjectName === 'string'
    ? `project/${parsed.ProjectName}`
    : '';
}

function parse(input: string | undefined): unknown {
  try {
    return JSON.parse(input ?? '{}');
  } catch {
    // EventBridge accepts any text; one that is not JSON starts no build.
    return undefined;
  }
}
