/** An account of a thousand resources, read and judged: how many requests that takes, and how much memory. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { createClients, destroyClients } from '../../../src/audit/live/clients.js';
import { mapBounded } from '../../../src/core/bounded-concurrency.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import { valueOf } from '../../../src/audit/model/reading.js';
import { readLiveFacts, type RecordedRead } from '../../../src/audit/read-live-facts.js';
import { useEmulator } from '../../helpers/emulator.js';

const OF_EACH = 250;
const KINDS = ['buckets', 'dynamoTables', 'secrets', 'roles'] as const;
/** Above what the process held before: facts, requests and findings of all, and what is under way. */
const MAX_HEAP_MB = 40;
/** Requests for one resource, at most: a bucket has the most settings. */
const MAX_FOR_ONE = 12;

const emulator = useEmulator();
const clientOptions = () => ({ ...emulator.clientOptions, region: 'us-east-1', endpoint: emulator.endpoint }) as never;

beforeAll(async () => {
  const clients = createClients(clientOptions());
  const trust = { Version: '2012-10-17', Statement: [] };
  await mapBounded([...Array(OF_EACH).keys()], 8, async (index) => {
    const name = `resource-${index}`;
    await clients.s3.send(new CreateBucketCommand({ Bucket: name }));
    await clients.secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'x' }));
    await clients.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    await clients.dynamo.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  destroyClients(clients);
}, 300_000);

it('takes a fixed number of requests for each resource, and a bounded heap', async () => {
  const collect = garbageCollector();
  const heapMb = () => process.memoryUsage().heapUsed / 2 ** 20;
  collect();
  const before = heapMb();
  let peak = before;
  const reads: RecordedRead[] = [];
  const facts = await readLiveFacts({
    clientOptions: clientOptions(),
    scope: 'account',
    declared: NOTHING_DECLARED,
    onRead: (read) => {
      reads.push(read);
      if (reads.length % 500 !== 0) return;
      collect();
      peak = Math.max(peak, heapMb());
    },
  });
  const findings = evaluate(CONTROLS, facts, NOTHING_DECLARED);
  collect();
  const held = heapMb();

  for (const kind of KINDS) expect(valueOf<readonly unknown[]>(facts[kind])).toHaveLength(OF_EACH);
  expect(findings.length).toBeGreaterThan(KINDS.length * OF_EACH);
  const ofResource = countBy(reads, ({ subject }) => subject.resource);
  const ofOperation = countBy(reads, ({ permission }) => permission);
  console.info(
    [
      `${KINDS.length * OF_EACH} resources: ${reads.length} requests, ${findings.length} findings.`,
      `Heap: ${mb(peak - before)} above the start while reading, ${mb(held - before)} with facts, requests and findings.`,
      ...[...ofOperation].sort(([, a], [, b]) => b - a).map(([operation, count]) => `  ${count} ${operation}`),
    ].join('\n'),
  );
  expect(Math.max(...ofResource.values())).toBeLessThanOrEqual(MAX_FOR_ONE);
  // None is asked again because of how many others there are: lists are read once, page by page.
  expect(Math.max(...ofOperation.values())).toBeLessThanOrEqual(OF_EACH);
  expect(Math.max(peak, held) - before).toBeLessThan(MAX_HEAP_MB);
}, 300_000);

function countBy<T>(items: readonly T[], key: (item: T) => string | undefined): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = key(item);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const mb = (value: number) => `${value.toFixed(1)} MB`;

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
