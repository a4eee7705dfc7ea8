/** What stays when a stack is deleted, read from its template. */
import type { Stack } from './synthesize.js';

export interface Retained {
  readonly id: string;
  readonly type: string;
  /** Its name, where the template says it. */
  readonly name?: string | undefined;
  /** Why it cannot even be deleted by hand. */
  readonly note?: string | undefined;
}

const NAME_PROPERTIES = ['BucketName', 'AliasName', 'TableName', 'DBClusterIdentifier', 'Name', 'RoleName'];

export function retainedBy({ template }: Stack): Retained[] {
  return Object.entries(template.Resources ?? {})
    .filter(([, { DeletionPolicy }]) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete')
    .map(([id, { Type: type, Properties = {}, DeletionPolicy }]) => ({
      id,
      type,
      name: NAME_PROPERTIES.map((key) => Properties[key]).find((value) => typeof value === 'string'),
      note:
        DeletionPolicy === 'Snapshot'
          ? 'a last snapshot of it'
          : Properties['ObjectLockEnabled'] === true
            ? 'its objects are locked until their retention ends'
            : undefined,
    }));
}

/** One line for each: `AWS::S3::Bucket rds-backup-layer2-prod: its objects are locked …`. */
export function describeRetained({ id, type, name, note }: Retained): string {
  return `${type} ${name ?? id}${note === undefined ? '' : `: ${note}`}`;
}
