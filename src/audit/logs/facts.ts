/** Groups of logs, as both sources describe them. */
import type { ResourceFact } from '../model/facts.js';
import type { Reading } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly logGroups: LogGroupFact;
  }
}

export interface LogGroupFact extends ResourceFact {
  readonly kmsKeyId: Reading<string | undefined>;
  /** `undefined`: for ever. */
  readonly retentionDays: Reading<number | undefined>;
}
