/** What a bucket is said to keep and to remove by itself. */
import { PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { useHarness, newKey, SMALL, chunked } from './harness.js';

const harness = useHarness();

test('a plain bucket keeps nothing and removes nothing', async () => {
  expect(await harness.open().expiry?.()).toEqual({ keepsVersions: false, lock: undefined, rules: [] });
});

test('a bucket with versions and rules is told with each rule, and a removal in it hides', async () => {
  const bucket = await harness.emulator.createBucket({ versioned: true });
  await harness.emulator.client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'old',
            Status: 'Enabled',
            Filter: { Prefix: 'layer2/' },
            NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          },
          { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
          { ID: 'all', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 400 } },
        ],
      },
    }),
  );
  const store = harness.open({ bucket });
  expect(await store.expiry?.()).toEqual({
    keepsVersions: true,
    lock: undefined,
    rules: [
      'The lifecycle rule old for layer2/ removes old versions 7 days after they were replaced or deleted.',
      'The lifecycle rule all expires objects after 400 days.',
    ],
  });
  const key = newKey();
  await store.put(key, chunked(SMALL));
  await store.delete?.(key);
  expect(await store.head(key)).toBeUndefined();
});

test('what may not be asked is left out, and is no error', async () => {
  const store = harness.open({ bucket: 'no-such-bucket' });
  expect(await store.expiry?.()).toEqual({ keepsVersions: undefined, lock: undefined, rules: undefined });
});
