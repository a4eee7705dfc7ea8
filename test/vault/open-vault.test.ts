import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openVault } from '../../src/vault/open-vault.js';
import { temporaryDirectories } from './file/temporary-directory.js';

const newDirectory = temporaryDirectories();

describe('openVault', () => {
  it('opens the directory that it names', async () => {
    const directory = await newDirectory();
    const url = `${pathToFileURL(directory).href}/new vault`.replace(' ', '%20');
    const store = await openVault(url);
    expect(store.url).toBe(url);
    await store.put('a', oneChunk('content'));
    expect(await (await openVault(url)).head('a')).toMatchObject({ size: 7 });
  });

  it('opens the bucket that it names, without a request', async () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect((await openVault('s3://bucket/some/prefix/', { env })).url).toBe('s3://bucket/some/prefix');
  });
});

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
