/** Redis and Valkey caches with their users, as both sources describe them. */
import type { ResourceFact } from '../model/facts.js';
import { known, type Reading } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly replicationGroups: ReplicationGroupFact;
  }
}

/** A replication group; or a single node, a serverless cache, or a cluster of MemoryDB, of which the same is asked. */
export interface ReplicationGroupFact extends ResourceFact {
  readonly engine: Reading<string>;
  readonly engineVersion: Reading<string | undefined>;
  readonly atRestEncryption: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  readonly transitEncryption: Reading<boolean>;
  /** `required`, or `preferred`, which accepts connections without TLS too. Absent: required. */
  readonly transitEncryptionMode: Reading<string | undefined>;
  readonly authTokenEnabled: Reading<boolean>;
  readonly userGroups: Reading<readonly string[]>;
  /** The members of its user groups. */
  readonly users: Reading<readonly CacheUserFact[]>;
  readonly automaticFailover: Reading<boolean>;
  readonly multiAz: Reading<boolean>;
  /** Days. */
  readonly snapshotRetention: Reading<number>;
  readonly snapshotWindow: Reading<string | undefined>;
  readonly autoMinorVersionUpgrade: Reading<boolean>;
  readonly subnetGroup: Reading<string | undefined>;
  /** Whether a PING was answered with the secret's credential, and refused without one. Live, where reachable. */
  readonly credentialProbe: Reading<{ readonly withCredential: boolean; readonly without: boolean }>;
}

export interface CacheUserFact {
  /** What a client signs in as: `default` for one that gives no name. */
  readonly name: string;
  readonly enabled: boolean;
  readonly withoutPassword: boolean;
}

/** The user that ElastiCache creates in each account: it can do everything and needs no password. */
export const BUILT_IN_USER: CacheUserFact = { name: 'default', enabled: true, withoutPassword: true };

/** What is the same for all serverless caches: AWS sees to it. */
export const SERVERLESS = {
  atRestEncryption: known(true),
  transitEncryption: known(true),
  transitEncryptionMode: known('required'),
  authTokenEnabled: known(false),
  automaticFailover: known(true),
  multiAz: known(true),
  autoMinorVersionUpgrade: known(true),
} as const;

/** Serverless caches name subnets, and no group of them; without any they are in those of the default VPC. */
export function subnetsAsGroup(subnets: readonly string[]): string | undefined {
  return subnets.length > 0 ? subnets.join(', ') : undefined;
}

/** Whether anyone can sign in as a user of this access string: `on ~* +@all`. The last one counts, as in Redis. */
export function isEnabled(accessString: string): boolean {
  const switches = accessString.toLowerCase().match(/(?<!\S)(?:on|off)(?!\S)/g) ?? [];
  return switches.at(-1) !== 'off';
}
