/** `dataLayer.network`: where the database and the cache are. */
import { z } from 'zod';
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
      description: 'Make a VPC of this range, with isolated subnets and endpoints, in place of `vpcId`.',
      examples: ['10.80.0.0/22'],
    }),
  availabilityZones: z
    .array(filled())
    .min(2, { error: 'Give two or more.' })
    .optional()
    .meta({
      description: 'Zones of the writer and the readers. Default: the Region’s a and b.',
      examples: [['us-east-1a', 'us-east-1b']],
    }),
  applicationSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups of the application’s tasks, which are let in. Default: one is made for them.',
  }),
  databaseSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups for the database, left as they are. Default: one that lets the application in only.',
  }),
  redisSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups for the cache, left as they are. Default: one that lets the application in only.',
  }),
});
