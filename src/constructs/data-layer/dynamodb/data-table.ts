/** Runbook 3: one table, encrypted, recoverable, and with a capacity that follows the load. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type IScalableTableAttribute,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  DEFAULT_MAX_CAPACITY,
  DEFAULT_MIN_CAPACITY,
  DEFAULT_RECOVERY_DAYS,
  DEFAULT_TARGET_UTILIZATION,
} from '../../../config/sections/data-layer-defaults.js';
import { acknowledge } from '../acknowledge.js';
import { requireOptOut, type OptOutReasons } from '../opt-outs.js';

/** Attribute names with their types: string, number or binary. */
export interface TableKey {
  readonly partitionKey: TableAttribute;
  readonly sortKey?: TableAttribute;
}

export interface TableAttribute {
  readonly name: string;
  /** @default 'S' */
  readonly type?: 'S' | 'N' | 'B';
}

export interface TableIndex extends TableKey {
  readonly name: string;
}

/** Capacity units, for reads and for writes alike. */
export interface TableScaling {
  /** @default 10 */
  readonly min?: number;
  /** @default 1000 */
  readonly max?: number;
  /** Percent. @default 70 */
  readonly targetUtilization?: number;
}

export interface DataTableProps extends TableKey {
  /** @default CloudFormation's */
  readonly tableName?: string;
  readonly encryptionKey: IKey;
  /** Global secondary indexes with all attributes. @default none */
  readonly indexes?: readonly TableIndex[];
  /** @default no stream */
  readonly stream?: keyof typeof StreamViewType;
  /** Attribute with the time, in epoch seconds, at which an item expires. @default items do not expire */
  readonly timeToLiveAttribute?: string;
  /** Of the table and each index; `on-demand` pays per request in its place. @default 10 to 1000 units at 70 % */
  readonly scaling?: TableScaling | 'on-demand';
  /** What the names of the scaling policies begin with. @default the table's name where it is given, else the CDK's */
  readonly scalingName?: string;
  /** Days of point-in-time recovery, 1 to 35; 0 for none. @default 35 */
  readonly recoveryDays?: number;
  /** @default true */
  readonly deletionProtection?: boolean;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default nothing is given up */
  readonly optOuts?: OptOutReasons;
}

export class DataTable extends Construct {
  /** The CDK's own construct, with its metrics and further grants. */
  readonly table: Table;

  constructor(scope: Construct, id: string, props: DataTableProps) {
    super(scope, id);
    this.#checkOptOuts(props);
    const { scaling = {}, recoveryDays = DEFAULT_RECOVERY_DAYS } = props;
    const provisioned = scaling === 'on-demand' ? undefined : scaling;
    const capacity = provisioned && {
      readCapacity: provisioned.min ?? DEFAULT_MIN_CAPACITY,
      writeCapacity: provisioned.min ?? DEFAULT_MIN_CAPACITY,
    };
    this.table = new Table(this, 'Table', {
      tableName: props.tableName,
      ...keySchema(props),
      billingMode: provisioned ? BillingMode.PROVISIONED : BillingMode.PAY_PER_REQUEST,
      ...capacity,
      stream: props.stream && StreamViewType[props.stream],
      timeToLiveAttribute: props.timeToLiveAttribute,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.encryptionKey,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: recoveryDays > 0,
        recoveryPeriodInDays: recoveryDays > 0 ? recoveryDays : undefined,
      },
      deletionProtection: props.deletionProtection ?? true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    for (const index of props.indexes ?? []) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        ...keySchema(index),
        projectionType: ProjectionType.ALL,
        ...capacity,
      });
    }
    if (provisioned) this.#scale(props, provisioned);
    acknowledge(this.table, 'dynamodb-backup-plan', 'Point-in-time recovery keeps every second of 35 days.');
  }

  /** Reads of the table and its indexes. */
  grantReadData(grantee: IGrantable): Grant {
    return this.table.grantReadData(grantee);
  }

  /** Reads and writes of the table and its indexes. */
  grantReadWriteData(grantee: IGrantable): Grant {
    return this.table.grantReadWriteData(grantee);
  }

  /** Reads and writes of the table and of each index: an index that is too slow holds up the table's writes. */
  #scale(props: DataTableProps, scaling: TableScaling): void {
    const { table } = this;
    const name = props.scalingName ?? props.tableName;
    const range = {
      minCapacity: scaling.min ?? DEFAULT_MIN_CAPACITY,
      maxCapacity: scaling.max ?? DEFAULT_MAX_CAPACITY,
    };
    const follow = (attribute: IScalableTableAttribute, end: string) =>
      attribute.scaleOnUtilization({
        policyName: name === undefined ? undefined : `${name}-${end}`,
        targetUtilizationPercent: scaling.targetUtilization ?? DEFAULT_TARGET_UTILIZATION,
      });
    follow(table.autoScaleReadCapacity(range), 'read-scaling');
    follow(table.autoScaleWriteCapacity(range), 'write-scaling');
    for (const index of props.indexes ?? []) {
      follow(table.autoScaleGlobalSecondaryIndexReadCapacity(index.name, range), `${index.name}-read-scaling`);
      follow(table.autoScaleGlobalSecondaryIndexWriteCapacity(index.name, range), `${index.name}-write-scaling`);
    }
  }

  #checkOptOuts({ scaling = {}, recoveryDays, deletionProtection, optOuts }: DataTableProps): void {
    if (scaling === 'on-demand') requireOptOut(this, optOuts, 'dynamodb-scaling', 'scaling: on-demand');
    else if (scaling.targetUtilization !== undefined && scaling.targetUtilization !== DEFAULT_TARGET_UTILIZATION) {
      requireOptOut(this, optOuts, 'dynamodb-scaling', `targetUtilization: ${scaling.targetUtilization}`);
    }
    if (recoveryDays !== undefined && recoveryDays < DEFAULT_RECOVERY_DAYS) {
      requireOptOut(this, optOuts, 'dynamodb-pitr', `recoveryDays: ${recoveryDays}`);
    }
    if (deletionProtection === false) {
      requireOptOut(this, optOuts, 'dynamodb-deletion-protection', 'deletionProtection: false');
    }
  }
}

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY } as const;

function keySchema({ partitionKey, sortKey }: TableKey) {
  const attribute = ({ name, type = 'S' }: TableAttribute) => ({ name, type: TYPES[type] });
  return { partitionKey: attribute(partitionKey), sortKey: sortKey && attribute(sortKey) };
}
