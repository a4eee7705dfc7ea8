/** `dataLayer.dataLake` */
import * as z from 'zod';
import { bucketNameProblem } from '../../../syntax/bucket-name.js';
import { accountProblem, keyArnProblem } from '../../../syntax/arn.js';
import { text } from '../../fields.js';
import * as defaults from '../data-layer-defaults.js';
import { days } from './days.js';

const replicaSchema = z.strictObject({
  bucketName: text(bucketNameProblem).meta({ description: 'Its name.' }),
  keyArn: text(keyArnProblem).meta({
    description: "The key that replicas are encrypted with, in the bucket's Region.",
  }),
  account: text(accountProblem).optional().meta({
    description:
      "The account that owns it, if that is another one: it then owns the replicas too. The bucket's policy there must allow the replication role s3:ReplicateObject, s3:ReplicateDelete, s3:ReplicateTags and s3:ObjectOwnerOverrideToBucketOwner, and the key's policy kms:Encrypt and kms:GenerateDataKey.",
  }),
});

export const dataLakeSchema = z.strictObject({
  replicate: z.boolean().optional().meta({ description: 'Whether there is a replica.', default: true }),
  existingReplica: replicaSchema.optional().meta({
    description:
      'An existing versioned bucket to use instead of creating one, for example in another Region. Its policy is left unchanged.',
  }),
  replicateDeleteMarkers: z.boolean().optional().meta({
    description: 'Whether deletions are replicated too. The versions are kept in any case.',
    default: false,
  }),
  archiveDays: days(1, 36_500).meta({
    description: 'When objects under `archive/` move to Glacier.',
    default: defaults.DEFAULT_LAKE_ARCHIVE_DAYS,
  }),
  noncurrentDays: days(1, 36_500).meta({
    description: 'How long a version stays after a newer one or a delete marker hides it.',
    default: defaults.DEFAULT_LAKE_NONCURRENT_DAYS,
  }),
  accessLogDays: days(1, 36_500).meta({
    description: 'How long access logs are kept.',
    default: defaults.DEFAULT_ACCESS_LOG_DAYS,
  }),
});
