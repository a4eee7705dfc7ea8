/** Networks as both sources describe them: what their groups let in, and what is logged. */
import type { ResourceFact } from '../model/facts.js';
import type { ListReading, Reading } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly securityGroups: SecurityGroupFact;
    readonly networks: NetworkFact;
    readonly subnets: NetworkSubnetFact;
  }
}

export interface IngressRule {
  /** `tcp`, `udp`, `icmp`; `-1` is all of them, on every port. */
  readonly protocol: string;
  /** Absent: every port. */
  readonly from?: number;
  readonly to?: number;
  /** A range of addresses; a group, or a list of ranges that AWS or the account keeps. */
  readonly source: string;
}

export interface SecurityGroupFact extends ResourceFact {
  readonly ingress: ListReading<IngressRule>;
}

/** A VPC. */
export interface NetworkFact extends ResourceFact {
  /** What the flow logs of the whole network record: `ALL`, `ACCEPT`, `REJECT`. */
  readonly flowLogs: ListReading<string>;
  /** The services that it has an endpoint for: `s3`, `secretsmanager`. */
  readonly endpoints: ListReading<string>;
}

export interface NetworkSubnetFact extends ResourceFact {
  /** Whether what starts there gets a public address unless it says otherwise. */
  readonly givesPublicAddresses: Reading<boolean>;
}
