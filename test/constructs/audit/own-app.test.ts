import { Stack } from 'aws-cdk-lib';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { appOf, CONFIG } from '../backup/backup-app.js';

test('an app of ours is synthesized, and is not once somebody has added a key that is open to everybody', async () => {
  const good = await appOf(CONFIG);
  expect(() => good.synth()).not.toThrow();
  const bad = await appOf(CONFIG);
  new CfnKey(new Stack(bad, 'added'), 'Open', {
    keyPolicy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
    },
  });
  expect(() => bad.synth()).toThrow('kms-no-public-principal');
});
