/** `dataLayer.network`: where the database and the cache are. */
import * as z from 'zod';
import { cidrProblem, resourceIdProblem } from '../../aws-values.js';
import { filled, text } from '../../fields.js';

const ids = (kind: 'subnet' | 'sg') => z.array(text(resourceIdProblem(kind))).min(1, { error: 'Give at least one.' });

export const networkSchema = z.strictObject({
  vpcId: text(resourceIdProblem('vpc')).optional().meta({ description: 'The VPC of the database and the cache.' }),
  subnetIds: ids('subnet').optional().meta({
    description: 'Its private subnets, in the order of `availabilityZones`.',
  }),
  createCidr: text(cidrProblem)
    .optional()
    .meta({
      description: 'IPv4 range of a VPC to create instead of using `vpcId`, with isolated subnets and endpoints.',
      examples: ['10.80.0.0/22'],
    }),
  availabilityZones: z
    .array(filled())
    .min(2, { error: 'Give two or more.' })
    .optional()
    .meta({
      description: 'Zones of the writer and the readers. Default: zones a and b of the Region.',
      examples: [['us-east-1a', 'us-east-1b']],
    }),
  applicationSecurityGroupIds: ids('sg').optional().meta({
    description: "Security groups of the application's tasks, which get access. Default: one is created for them.",
  }),
  databaseSecurityGroupIds: ids('sg').optional().meta({
    description: 'Security groups for the database, left unchanged. Default: one that admits only the application.',
  }),
  redisSecurityGroupIds: ids('sg').optional().meta({
    description: 'Security groups for the cache, left unchanged. Default: one that admits only the application.',
  }),
});
