import { breaks, type Mutation } from '../mutation/mutation.js';

const FLOWS = 'fintech-data-layer/NetworkFlowLogGroup';

export const LOGS_MUTATIONS: readonly Mutation[] = [
  breaks('flow logs are kept for a month', ['logs-retention'], { in: FLOWS, at: 'Properties/RetentionInDays', to: 30 }),
  breaks('flow logs are kept for ever', ['logs-retention'], { in: FLOWS, at: 'Properties/RetentionInDays' }),
  breaks('flow logs without a key', ['logs-cmk'], { in: FLOWS, at: 'Properties/KmsKeyId' }),
];
