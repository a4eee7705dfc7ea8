/** DynamoDB tables, as both sources describe them. */
import type { ResourceFact, ScalingFact } from '../model/facts.js';
import type { Reading } from '../model/reading.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly dynamoTables: DynamoTableFact;
  }
}

export interface DynamoTableFact extends ResourceFact {
  readonly encryption: Reading<{ readonly type: 'KMS' | 'AWS_OWNED'; readonly kmsKeyId?: string }>;
  readonly pointInTimeRecovery: Reading<{ readonly enabled: boolean; readonly days?: number }>;
  readonly deletionProtection: Reading<boolean>;
  readonly billingMode: Reading<'PROVISIONED' | 'PAY_PER_REQUEST'>;
  readonly streamViewType: Reading<string | undefined>;
  readonly indexes: Reading<readonly string[]>;
  /** Keyed by `table` or `index/<name>`, a colon, and `read` or `write`. */
  readonly scaling: Reading<Readonly<Record<string, ScalingFact>>>;
  readonly resourcePolicy: Reading<ParsedPolicy | undefined>;
}

/** The replica of a global table in another Region than the one that is looked at. */
export function inRegion(fact: DynamoTableFact, region: string): DynamoTableFact {
  const id = fact.id.startsWith('arn:') ? fact.id : `${fact.id}@${region}`;
  return { ...fact, id, name: `${fact.name} (${region})` };
}
