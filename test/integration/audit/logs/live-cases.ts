import { CreateLogGroupCommand, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { LiveCase, Surroundings } from '../live-cases/live-case.js';

const PLAIN = '/plain';

export const LOGS_CASES: readonly LiveCase[] = [
  { control: 'logs-retention', fails: [PLAIN], says: 'Its logs are kept for ever.', break: withPlainGroup },
  { control: 'logs-cmk', fails: [PLAIN], says: /not encrypted with a customer managed key/, break: withPlainGroup },
];

async function withPlainGroup({ aws: { logs } }: Surroundings) {
  await logs.send(new CreateLogGroupCommand({ logGroupName: PLAIN }));
  return () => logs.send(new DeleteLogGroupCommand({ logGroupName: PLAIN }));
}
