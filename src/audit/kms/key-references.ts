/** Which keys something is encrypted with. */
import type { Facts } from '../model/facts.js';
import type { Reading } from '../model/reading.js';

/** Keys as the services report them (ids, ARNs, aliases), of everything that was read. */
export function keyReferences(facts: Omit<Facts, 'kmsKeys'>): ReadonlySet<string> {
  return new Set(
    [
      ...each(facts.auroraClusters, (cluster) => [
        cluster.kmsKeyId,
        of(cluster.masterUserSecret, ({ kmsKeyId }) => kmsKeyId),
        ...each(cluster.instances, ({ performanceInsights }) => [of(performanceInsights, ({ kmsKeyId }) => kmsKeyId)]),
      ]),
      ...each(facts.dynamoTables, ({ encryption }) => [of(encryption, ({ kmsKeyId }) => kmsKeyId)]),
      ...each(facts.buckets, ({ encryption }) => [of(encryption, (one) => one?.kmsKeyId)]),
      ...each(facts.replicationGroups, ({ kmsKeyId }) => [kmsKeyId]),
      ...each(facts.secrets, ({ kmsKeyId }) => [kmsKeyId]),
      ...each(facts.codeBuildProjects, ({ kmsKeyId, logGroup }) => [kmsKeyId, of(logGroup, (one) => one?.kmsKeyId)]),
      ...each(facts.logGroups, ({ kmsKeyId }) => [kmsKeyId]),
      ...each(facts.backups, ({ encryption }) => [of(encryption, (one) => one?.kmsKeyId)]),
    ]
      .map((reading) => ('value' in reading ? reading.value : undefined))
      .filter((reference) => reference !== undefined),
  );
}

type Reference = Reading<string | undefined>;

function each<T>(list: Reading<readonly T[]>, references: (item: T) => readonly Reference[]): readonly Reference[] {
  return 'value' in list ? list.value.flatMap(references) : [];
}

function of<T>(reading: Reading<T>, key: (value: T) => string | undefined): Reference {
  return 'value' in reading ? { value: key(reading.value) } : reading;
}

/** Whether one of the references means this key. */
export function isReferredTo(references: ReadonlySet<string>, arn: string, aliases: readonly string[]): boolean {
  const id = arn.split('/').at(-1) ?? arn;
  const base = arn.replace(/:key\/.*$/, '');
  return [arn, id, ...aliases, ...aliases.map((alias) => `${base}:${alias}`)].some((name) => references.has(name));
}
