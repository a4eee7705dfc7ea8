/** Facts from synthesized templates. */
import { partitionOf } from '../syntax/arn.js';
import { auroraClustersOf } from './aurora/template.js';
import { schedulesOf } from './backup/template.js';
import { codeBuildProjectsOf } from './codebuild/template.js';
import { dynamoTablesOf } from './dynamodb/template.js';
import { rolesOf } from './iam/template.js';
import { kmsKeysOf } from './kms/template.js';
import { literalsOf } from './literals/template.js';
import { logGroupsOf } from './logs/template.js';
import {
  type Facts,
  NO_CONTROL_READS,
  type ResourceFact,
  type TemplateRecord,
  type UnreadPart,
} from './model/facts.js';
import { known, type Reading, unknown } from './model/reading.js';
import { networksOf, networkSubnetsOf, securityGroupsOf } from './network/template.js';
import { replicationGroupsOf } from './redis/template.js';
import { bucketsOf } from './s3/template.js';
import { secretsOf } from './secrets/template.js';
import { Assumptions } from './template/assumptions.js';
import { ONLY_LIVE } from './template/only-live.js';
import { isOn, type ResourceReader } from './template/resource-reader.js';
import { TemplateResources } from './template/resources.js';
import type { StackTemplate } from './template/template.js';

export { type Folder, readTemplates, withNested } from './template/read-templates.js';
export { type StackTemplate, toStackTemplate } from './template/template.js';

/** The facts of all stacks together: references from one to another are followed. */
export function factsFromTemplates(stacks: readonly StackTemplate[], readAt: Date): Facts {
  return factsUnder(Assumptions.NONE, stacks, readAt);
}

function factsUnder(assumptions: Assumptions, stacks: readonly StackTemplate[], readAt: Date): Facts {
  const resources = TemplateResources.from(stacks, assumptions);
  const places = new Map(
    stacks.map(({ stack, account = '${AWS::AccountId}', region = '', file }) => [
      stack,
      { account, partition: partitionOf(region), ...(file !== undefined && { file }) },
    ]),
  );
  const placed = <T extends ResourceFact>(facts: readonly T[]): Reading<readonly T[]> =>
    known(facts.map((fact) => ({ ...fact, ...places.get(fact.id.slice(0, fact.id.lastIndexOf('/'))) })));
  const [account, region] = [
    onlyOne(stacks.map((stack) => stack.account)),
    onlyOne(stacks.map((stack) => stack.region)),
  ];
  return {
    source: 'template',
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    readAt,
    stacks: stacks.map(({ stack }) => stack),
    templates: stacks.map(recordOf),
    suppose: (question, answer) => factsUnder(assumptions.with(question, answer), stacks, readAt),
    unread: [
      ...stacks.flatMap(unreadOf),
      ...resources.ofType(...WITHOUT_CONTROLS).map((one) => ofNoControl(one, places)),
    ],
    accounts: unknown(ONLY_LIVE),
    kmsKeys: placed(kmsKeysOf(resources)),
    auroraClusters: placed(auroraClustersOf(resources)),
    auroraSnapshots: unknown(ONLY_LIVE),
    dynamoTables: placed(dynamoTablesOf(resources)),
    buckets: placed(bucketsOf(resources)),
    replicationGroups: placed(replicationGroupsOf(resources)),
    secrets: placed(secretsOf(resources)),
    roles: placed(rolesOf(resources)),
    codeBuildProjects: placed(codeBuildProjectsOf(resources)),
    schedules: placed(schedulesOf(resources)),
    securityGroups: placed(securityGroupsOf(resources)),
    networks: placed(networksOf(resources)),
    subnets: placed(networkSubnetsOf(resources)),
    literals: placed(literalsOf(stacks, resources)),
    logGroups: placed(logGroupsOf(resources)),
    backups: unknown(ONLY_LIVE),
  };
}

/** What keeps the same kinds of data as what is audited, and no control reads. */
const WITHOUT_CONTROLS = [
  'AWS::DAX::Cluster',
  'AWS::DocDB::DBCluster',
  'AWS::DSQL::Cluster',
  'AWS::Neptune::DBCluster',
  'AWS::RDS::DBShardGroup',
  'AWS::Redshift::Cluster',
  'AWS::RedshiftServerless::Namespace',
  'AWS::S3Express::DirectoryBucket',
  'AWS::S3Tables::TableBucket',
] as const;

function ofNoControl(
  { id, name, type, stack }: ResourceReader,
  places: ReadonlyMap<string, { readonly file?: string }>,
): UnreadPart {
  const file = places.get(stack)?.file;
  return { id, name, type, reason: NO_CONTROL_READS, ...(file !== undefined && { file }) };
}

function recordOf({ stack, file, sha256, parameters }: StackTemplate): TemplateRecord {
  const all = Object.entries(parameters);
  return {
    stack,
    ...(file !== undefined && { file }),
    ...(sha256 !== undefined && { sha256 }),
    parameters: Object.fromEntries(all.map(([name, { Default }]) => [name, Default])),
    secretParameters: all.filter(([, { NoEcho }]) => isOn(NoEcho)).map(([name]) => name),
  };
}

function onlyOne(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}

function unreadOf({ stack, file, unread }: StackTemplate): UnreadPart[] {
  return unread.map(({ logicalId, type, reason }) => ({
    id: `${stack}/${logicalId}`,
    name: logicalId,
    type,
    reason,
    ...(file !== undefined && { file }),
  }));
}
