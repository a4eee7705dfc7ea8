/** Facts from synthesized templates. */
import { known, unknown } from '../../reading.js';
import type { Facts } from '../model.js';
import { codeBuildProjectsOf } from './codebuild.js';
import { dynamoTablesOf } from './dynamodb.js';
import { replicationGroupsOf } from './elasticache.js';
import { rolesOf } from './iam.js';
import { kmsKeysOf } from './kms.js';
import { ONLY_LIVE } from './only-live.js';
import { auroraClustersOf } from './rds.js';
import { TemplateResources } from './resources.js';
import { bucketsOf } from './s3.js';
import { schedulesOf } from './scheduler.js';
import { secretsOf } from './secrets-manager.js';
import type { StackTemplate } from './template.js';

export { readTemplates, toStackTemplate, type StackTemplate } from './template.js';

/** The facts of all stacks together: references from one to another are followed. */
export function factsFromTemplates(stacks: readonly StackTemplate[], readAt: Date): Facts {
  const resources = TemplateResources.from(stacks);
  const [account, region] = [
    onlyOne(stacks.map((stack) => stack.account)),
    onlyOne(stacks.map((stack) => stack.region)),
  ];
  return {
    source: 'template',
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    readAt,
    accounts: unknown(ONLY_LIVE),
    kmsKeys: known(kmsKeysOf(resources)),
    auroraClusters: known(auroraClustersOf(resources)),
    dynamoTables: known(dynamoTablesOf(resources)),
    buckets: known(bucketsOf(resources)),
    replicationGroups: known(replicationGroupsOf(resources)),
    secrets: known(secretsOf(resources)),
    roles: known(rolesOf(resources)),
    codeBuildProjects: known(codeBuildProjectsOf(resources)),
    schedules: known(schedulesOf(resources)),
    backups: unknown(ONLY_LIVE),
  };
}

function onlyOne(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}
