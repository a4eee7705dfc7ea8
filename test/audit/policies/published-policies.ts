/** Options of the policies that Holdfast publishes, with everything that they can hold. */
import type { VaultKeyPolicyOptions } from '../../../src/policies/index.js';

const role = (name: string, account = '111122223333') => `arn:aws:iam::${account}:role/${name}`;

export const operationsKeyPolicyOptions = { partition: 'aws', region: 'us-east-1', account: '111122223333' };

export const vaultKeyPolicyOptions: VaultKeyPolicyOptions = {
  ...operationsKeyPolicyOptions,
  bucket: 'vault',
  writers: [
    { id: 'Source', account: '444455556666', roleArn: role('w', '444455556666'), keyPrefixes: ['layer2/app/'] },
  ],
  adminRoleArns: [role('KeyAdministrators')],
  readerRoleArns: [role('restore')],
  proverRoleArns: [role('drill')],
};
