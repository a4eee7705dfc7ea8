/** Who may talk to whom: the application to the database and the cache, and nobody else. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import { type CfnSecurityGroup, Peer, Port, SecurityGroup, type ISecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export const POSTGRES_PORT = 5432;
export const REDIS_PORT = 6379;

export interface DataSecurityGroupsProps {
  readonly vpc: IVpc;
  /** Existing groups of the application's tasks. @default one is made */
  readonly application?: readonly ISecurityGroup[];
  /** Whether backups run in this network: they get a group of their own. @default false */
  readonly backup?: boolean;
  /** Existing groups of the database. They are left as they are. @default one is made */
  readonly database?: readonly ISecurityGroup[];
  /** Existing groups of the cache. They are left as they are. @default one is made */
  readonly redis?: readonly ISecurityGroup[];
  /** Of a group that is made for the database: as that of the database. @default RemovalPolicy.DESTROY */
  readonly databaseRemovalPolicy?: RemovalPolicy;
}

/** Groups for the application, the database and the cache; those that are given are never changed. */
export class DataSecurityGroups extends Construct {
  readonly application: readonly ISecurityGroup[];
  readonly database: readonly ISecurityGroup[];
  readonly redis: readonly ISecurityGroup[];
  /** Backups reach the database and the endpoints. */
  readonly backup: ISecurityGroup | undefined;

  readonly #props: DataSecurityGroupsProps;

  constructor(scope: Construct, id: string, props: DataSecurityGroupsProps) {
    super(scope, id);
    this.#props = props;
    this.application = props.application ?? [this.#make('Application', 'Tasks that use the data layer')];
    this.database = props.database ?? [this.#makeDatabase()];
    this.redis = props.redis ?? [this.#make('Redis', 'Cache of the data layer')];
    if (props.backup) this.backup = this.#make('Backup', 'Backups of the databases in the data layer');
    this.#open(this.database, props.database !== undefined, POSTGRES_PORT, 'PostgreSQL');
    this.#open(this.redis, props.redis !== undefined, REDIS_PORT, 'Redis');
    if (this.backup) this.#openDatabase(this.backup, props.database !== undefined);
  }

  /** Lets the application reach the interface endpoints, and with S3 and DynamoDB the gateway endpoints. */
  openEndpoints(endpoints: ISecurityGroup): void {
    const backups = this.backup ? [this.backup] : [];
    const own = [...(this.#props.application === undefined ? this.application : []), ...backups];
    for (const group of [...this.application, ...backups]) {
      endpoints.addIngressRule(group, Port.tcp(443), 'AWS APIs from within the VPC');
    }
    // The prefix lists of gateway endpoints differ by Region and cannot be looked up here. In this VPC, no route but
    // theirs leads out.
    for (const group of own) group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs by the endpoints of the VPC');
  }

  #open(targets: readonly ISecurityGroup[], given: boolean, port: number, what: string): void {
    for (const target of targets) {
      for (const application of this.application) {
        if (!given) target.addIngressRule(application, Port.tcp(port), `${what} from the application`);
        if (this.#props.application === undefined) {
          application.addEgressRule(target, Port.tcp(port), `${what} of the data layer`);
        }
      }
    }
  }

  #openDatabase(backup: ISecurityGroup, given: boolean): void {
    for (const database of this.database) {
      if (!given) database.addIngressRule(backup, Port.tcp(POSTGRES_PORT), 'PostgreSQL from backups');
      backup.addEgressRule(database, Port.tcp(POSTGRES_PORT), 'PostgreSQL of the data layer');
    }
  }

  #makeDatabase(): SecurityGroup {
    const group = this.#make('Database', 'Aurora cluster of the data layer');
    const { databaseRemovalPolicy } = this.#props;
    const resource = group.node.defaultChild as CfnSecurityGroup;
    if (databaseRemovalPolicy !== undefined) resource.applyRemovalPolicy(databaseRemovalPolicy);
    return group;
  }

  #make(id: string, description: string): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.#props.vpc, description, allowAllOutbound: false });
  }
}
