/** An account of a thousand tables, at a stub endpoint: the emulator would take minutes to make them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import { valueOf } from '../../../src/audit/model/reading.js';
import { type LiveFactsOptions, readLiveFacts } from '../../../src/audit/read-live-facts.js';

const TABLES = Array.from({ length: 1000 }, (_, index) => `Table${index}`);
const PAGE = 100;
const IDENTITY =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/auditor</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

let running = 0;
let most = 0;
/** How often the next requests of DescribeTable are throttled first. */
let throttled = 0;
const calls = new Map<string, number>();

function dynamo(operation: string, input: Readonly<Record<string, string>>): unknown {
  if (operation === 'ListTables') {
    const from = input.ExclusiveStartTableName === undefined ? 0 : TABLES.indexOf(input.ExclusiveStartTableName) + 1;
    const names = TABLES.slice(from, from + PAGE);
    const more = from + PAGE < TABLES.length;
    return { TableNames: names, ...(more && { LastEvaluatedTableName: names.at(-1) }) };
  }
  if (operation === 'DescribeTable') return { Table: { TableName: input.TableName, DeletionProtectionEnabled: true } };
  if (operation === 'DescribeContinuousBackups') {
    return {
      ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
    };
  }
  if (operation === 'ListTagsOfResource') return { Tags: [] };
  return undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  most = Math.max(most, (running += 1));
  // A turn of the loop, so that requests meet.
  await new Promise((resolve) => setImmediate(resolve));
  running -= 1;
  const target = String(request.headers['x-amz-target'] ?? new URLSearchParams(body).get('Action') ?? request.url);
  const [, operation = target] = /\.(\w+)$/.exec(target) ?? [];
  calls.set(operation, (calls.get(operation) ?? 0) + 1);
  const send = (status: number, text: string, type: string) =>
    response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'stub' }).end(text);
  if (operation === 'GetCallerIdentity') return void send(200, IDENTITY, 'text/xml');
  const json = 'application/x-amz-json-1.0';
  if (operation === 'DescribeTable' && throttled > 0) {
    throttled -= 1;
    return void send(400, JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }), json);
  }
  const found = target.startsWith('DynamoDB')
    ? dynamo(operation, JSON.parse(body) as Record<string, string>)
    : undefined;
  if (found !== undefined) return void send(200, JSON.stringify(found), json);
  if (operation === 'GetResourcePolicy') {
    return void send(400, JSON.stringify({ __type: 'PolicyNotFoundException', message: 'None' }), json);
  }
  send(403, JSON.stringify({ __type: 'AccessDeniedException', message: 'Not for you' }), json);
}

const server = createServer((request, response) => void answer(request, response));
let endpoint = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [running, most, throttled] = [0, 0, 0];
  calls.clear();
});

function read(options: Partial<LiveFactsOptions> = {}) {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  return readLiveFacts({
    clientOptions: { region: 'us-east-1', endpoint, credentials },
    scope: 'account',
    declared: NOTHING_DECLARED,
    ...options,
  });
}

describe('an account of a thousand tables', () => {
  it('is read with as many requests as it takes, and no more at once than allowed', async () => {
    const facts = await read({ concurrency: 8 });
    const tables = valueOf(facts.dynamoTables);
    expect(tables.map(({ name }) => name)).toEqual(TABLES);
    expect(tables.every(({ deletionProtection }) => valueOf(deletionProtection))).toBe(true);
    expect(Object.fromEntries(calls)).toMatchObject({
      ListTables: TABLES.length / PAGE,
      DescribeTable: TABLES.length,
      DescribeContinuousBackups: TABLES.length,
      GetResourcePolicy: TABLES.length,
      ListTagsOfResource: TABLES.length,
      DescribeScalableTargets: 1,
      DescribeScalingPolicies: 1,
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
    // The rest of the account is refused, and so not known.
    expect(facts.buckets).toMatchObject({ unknown: { permission: 's3:ListAllMyBuckets' } });
    expect(facts.roles).toMatchObject({ unknown: { permission: 'iam:GetAccountAuthorizationDetails' } });
  }, 60_000);

  it('of which three are declared is asked about these alone', async () => {
    const dynamoTables = [{ name: 'Table1' }, { name: 'Table500' }, { name: 'Table999' }];
    const facts = await read({ scope: 'declared', declared: { ...NOTHING_DECLARED, dynamoTables } });
    expect(valueOf(facts.dynamoTables)).toHaveLength(3);
    expect(calls.get('DescribeTable')).toBe(3);
  });

  it('is asked again where it throttles', async () => {
    throttled = 2;
    const declared = { ...NOTHING_DECLARED, dynamoTables: [{ name: 'Table1' }] };
    const facts = await read({ scope: 'declared', declared });
    expect(valueOf(facts.dynamoTables)[0]!.deletionProtection).toEqual({ value: true });
    expect(calls.get('DescribeTable')).toBe(3);
  });
});
