import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { Bucket } from '../../../src/vault/s3/bucket.js';
import { listObjects } from '../../../src/vault/s3/list-objects.js';
import { Retrier } from '../../../src/vault/s3/retry.js';

interface Page extends Pick<ListObjectsV2CommandOutput, 'IsTruncated' | 'NextContinuationToken'> {
  readonly keys: readonly string[];
}

/** The keys of a listing by a store that answers with these pages, the last of them for ever. */
async function list(pages: readonly Page[]): Promise<{ readonly keys: string[]; readonly tokens: unknown[] }> {
  const tokens: unknown[] = [];
  const send = (command: { readonly input: ListObjectsV2CommandInput }) => {
    const { keys, ...page } = pages[Math.min(tokens.length, pages.length - 1)]!;
    tokens.push(command.input.ContinuationToken);
    return Promise.resolve({ ...page, Contents: keys.map((Key) => ({ Key, Size: 1, LastModified: new Date(0) })) });
  };
  const bucket = new Bucket({
    client: { send } as unknown as S3Client,
    bucket: 'b',
    prefix: '',
    kmsKeyArn: undefined,
    retrier: new Retrier(),
    logger: silentLogger,
    partDirectory: undefined,
  });
  const keys: string[] = [];
  for await (const { key } of listObjects(bucket, '')) keys.push(key);
  return { keys, tokens };
}

describe('a listing', () => {
  it('goes on with the token of each page', async () => {
    expect(
      await list([
        { keys: ['a'], IsTruncated: true, NextContinuationToken: '1' },
        { keys: [], IsTruncated: true, NextContinuationToken: '2' },
        { keys: ['b'], IsTruncated: false },
      ]),
    ).toEqual({ keys: ['a', 'b'], tokens: [undefined, '1', '2'] });
  });

  const more = (token?: string): Page => ({ keys: ['a'], IsTruncated: true, NextContinuationToken: token });

  it.each<[string, Page[], string]>([
    ['without a token', [more()], 'how to get the rest'],
    ['with an empty token', [more('')], 'how to get the rest'],
    ['with the token that led to it', [more('1'), more('1')], 'already been read'],
    ['with the token of an earlier page', [more('1'), more('2'), more('1')], 'already been read'],
  ])('of which a page promises more %s is no listing', async (_what, pages, reason) => {
    await expect(list(pages)).rejects.toMatchObject({
      code: 'VAULT_UNREADABLE',
      message: expect.stringContaining(reason) as string,
    });
  });
});
