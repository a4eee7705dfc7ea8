import { describe, expect, it } from 'vitest';
import { createClients } from '../../../src/audit/live/clients.js';
import { AwsReader, type ReaderOptions } from '../../../src/audit/live/reader.js';
import type { RecordedRead } from '../../../src/audit/live/recorder.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';

class GetThingCommand {
  constructor(readonly input: Record<string, unknown>) {}
}
const NOW = new Date('2026-11-22T00:00:00Z');
const SUBJECT = { kind: 'buckets', resource: 'arn:aws:s3:::one', attributes: ['logging'] } as const;

function reader(options: Partial<ReaderOptions> = {}) {
  const reads: RecordedRead[] = [];
  const aws = new AwsReader({
    clients: createClients({ region: 'us-east-1' }),
    clientsIn: (region) => createClients({ region }),
    scope: 'account',
    declared: NOTHING_DECLARED,
    account: '111122223333',
    region: 'us-east-1',
    partition: 'aws',
    now: () => NOW,
    concurrency: 2,
    onRead: (read) => reads.push(read),
    ...options,
  });
  return { aws, reads };
}

function failure(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(`${name} it is`), { name, $metadata: { httpStatusCode, requestId: 'r-1' } });
}

const asking = (answer: () => Promise<{ $metadata: object; Value?: string }>) => ({
  action: 's3:GetBucketLogging' as const,
  subject: SUBJECT,
  command: new GetThingCommand({ Bucket: 'one', ContinuationToken: 'opaque' }),
  send: answer,
  absent: ['NoSuchThing'],
});

describe('a request', () => {
  it('is recorded with what was asked, its id, and what rests on it', async () => {
    const { aws, reads } = reader();
    const answer = { $metadata: { requestId: 'r-1', attempts: 2 }, Value: 'on' };
    expect(
      await aws.read(
        asking(() => Promise.resolve(answer)),
        ({ Value }) => Value,
      ),
    ).toEqual({ value: 'on' });
    expect(reads).toEqual([
      {
        service: 's3',
        operation: 'GetThing',
        permission: 's3:GetBucketLogging',
        input: { Bucket: 'one' },
        at: NOW,
        subject: SUBJECT,
        requestId: 'r-1',
        attempts: 2,
        outcome: 'read',
      },
    ]);
  });

  it.each([
    ['AccessDenied', 403],
    ['AccessDeniedException', 400],
    ['UnauthorizedOperation', 403],
    ['SomethingForbidden', 403],
  ])('that is refused with %s names the permission that lacks', async (name, status) => {
    const { aws, reads } = reader();
    const reading = await aws.read(
      asking(() => Promise.reject(failure(name, status))),
      () => 1,
    );
    expect(reading).toEqual({
      unknown: { reason: `s3:GetBucketLogging was denied: ${name} it is.`, permission: 's3:GetBucketLogging' },
    });
    expect(reads).toMatchObject([{ outcome: 'denied', requestId: 'r-1', error: { code: name } }]);
  });

  it.each([
    ['ThrottlingException', 400],
    ['InternalError', 500],
    ['ExpiredToken', 403],
    ['NoSuchThing', 404],
  ])('that fails with %s leaves its value unknown, and no permission is asked for', async (name, status) => {
    const { aws, reads } = reader();
    const reading = await aws.read(
      asking(() => Promise.reject(failure(name, status))),
      () => 1,
    );
    expect(reading).toEqual({ unknown: { reason: `GetThing failed with ${name}: ${name} it is.` } });
    expect(reads).toMatchObject([{ outcome: 'failed' }]);
  });

  it('to which AWS answers that there is no such setting has a known value', async () => {
    const { aws, reads } = reader();
    const request = asking(() => Promise.reject(failure('NoSuchThing', 404)));
    expect(await aws.read(request, () => 'on', { value: 'off' })).toEqual({ value: 'off' });
    expect(reads).toMatchObject([{ outcome: 'absent' }]);
  });

  it('that never reached AWS is unknown with the reason of the system', async () => {
    const { aws } = reader();
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(
      await aws.read(
        asking(() => Promise.reject(refused)),
        () => 1,
      ),
    ).toEqual({
      unknown: { reason: 'GetThing failed with ECONNREFUSED: ECONNREFUSED.' },
    });
  });

  it('that meets a defect of ours throws it', async () => {
    const { aws } = reader();
    await expect(
      aws.read(
        asking(() => Promise.reject(new TypeError('x is not a function'))),
        () => 1,
      ),
    ).rejects.toThrow('x is not a function');
  });

  it('of an interrupted audit is not sent', async () => {
    const controller = new AbortController();
    controller.abort();
    const { aws, reads } = reader({ signal: controller.signal });
    const request = asking(() => Promise.resolve({ $metadata: {} }));
    await expect(aws.read(request, () => 1)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(reads).toEqual([]);
  });
});

describe('a list', () => {
  const pages = (answers: readonly (() => Promise<Page>)[]) => {
    const tokens: (string | undefined)[] = [];
    return {
      tokens,
      request: {
        action: 's3:ListAllMyBuckets' as const,
        subject: { kind: 'buckets', attributes: [] } as const,
        page: (token: string | undefined) => new GetThingCommand({ token }),
        send: (command: GetThingCommand) => {
          tokens.push(command.input.token as string | undefined);
          return answers[tokens.length - 1]!();
        },
        next: ({ next }: Page) => next,
        items: ({ items }: Page) => items,
      },
    };
  };
  interface Page {
    readonly $metadata: object;
    readonly items: readonly number[];
    readonly next?: string;
  }
  const page = (items: readonly number[], next?: string) => () => Promise.resolve({ $metadata: {}, items, next });

  it('is read page by page, empty pages and empty tokens included', async () => {
    const { aws, reads } = reader();
    const { request, tokens } = pages([page([1], 'a'), page([], 'b'), page([2, 3], '')]);
    expect(await aws.list(request)).toEqual({ value: [1, 2, 3] });
    expect(tokens).toEqual([undefined, 'a', 'b']);
    expect(reads).toHaveLength(3);
  });

  it('of which one page is refused is unknown as a whole', async () => {
    const { aws } = reader();
    const { request } = pages([page([1], 'a'), () => Promise.reject(failure('AccessDenied', 403))]);
    expect(await aws.list(request)).toMatchObject({ unknown: { permission: 's3:ListAllMyBuckets' } });
  });

  it('ends where a server hands out the same token again', async () => {
    const { aws } = reader();
    const { request, tokens } = pages([page([1], 'a'), page([2], 'a'), page([3], 'a')]);
    expect(await aws.list(request)).toEqual({ value: [1, 2] });
    expect(tokens).toEqual([undefined, 'a']);
  });
});
