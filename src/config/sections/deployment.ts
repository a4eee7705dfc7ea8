/**
 * What the sections of both accounts have in common: who deploys, who is notified of alarms, how long logs are kept.
 */
import * as z from 'zod';
import { accountProblem, roleArnProblem } from '../../syntax/arn.js';
import { filled, text } from '../fields.js';

/** The numbers of days that CloudWatch Logs takes. */
export const LOG_RETENTION_DAYS = [
  30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 3653,
] as const;
export const DEFAULT_LOG_RETENTION_DAYS = 365;

export const deploymentOptions = {
  account: text(accountProblem)
    .optional()
    .meta({
      description:
        "Its 12-digit number. Default: the one in the ARNs of the config (the key's for the backup account, the secrets' for the source account).",
      examples: ['444455556666'],
    }),
  profile: filled().optional().meta({
    description: "The profile of the AWS configuration to deploy to it with. Default: the environment's credentials.",
  }),
  roleArn: text(roleArnProblem)
    .optional()
    .meta({
      description: 'A role in it to assume for deploying.',
      examples: ['arn:aws:iam::444455556666:role/Deploy'],
    }),
  alarmEmails: z
    .array(filled())
    .optional()
    .meta({ description: 'Addresses that alarms are sent to; each has to confirm once.', default: [] }),
  logRetentionDays: z
    .literal([...LOG_RETENTION_DAYS])
    .optional()
    .meta({ description: 'How long logs are kept, in days.', default: DEFAULT_LOG_RETENTION_DAYS }),
} as const;

interface DeploymentInput {
  readonly account?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly alarmEmails?: readonly string[] | undefined;
  readonly logRetentionDays?: number | undefined;
}

export function resolveDeployment(input: DeploymentInput) {
  return {
    account: input.account,
    profile: input.profile,
    roleArn: input.roleArn,
    alarmEmails: input.alarmEmails ?? [],
    logRetentionDays: input.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
  };
}
