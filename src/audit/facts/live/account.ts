/** The account as a whole. */
import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3-control';
import { known, type Reading } from '../../reading.js';
import type { AccountFact } from '../model.js';
import type { AwsReader } from './reader.js';

export async function readAccounts(aws: AwsReader): Promise<Reading<readonly AccountFact[]>> {
  const { account, partition } = aws.options;
  const id = `arn:${partition}:iam::${account}:root`;
  const publicAccessBlock = await aws.read(
    {
      action: 's3:GetAccountPublicAccessBlock',
      subject: { kind: 'accounts', resource: id, attributes: ['publicAccessBlock'] },
      command: new GetPublicAccessBlockCommand({ AccountId: account }),
      send: (command, options) => aws.clients.s3Control.send(command, options),
      absent: ['NoSuchPublicAccessBlockConfiguration'],
    },
    ({ PublicAccessBlockConfiguration: block }) =>
      block?.BlockPublicAcls === true &&
      block.IgnorePublicAcls === true &&
      block.BlockPublicPolicy === true &&
      block.RestrictPublicBuckets === true,
    { value: false },
  );
  return known([{ id, name: account, tags: known({}), optOuts: [], publicAccessBlock }]);
}
