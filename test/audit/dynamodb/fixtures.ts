import {
  dynamodbCmk,
  dynamodbDeletionProtection,
  dynamodbNoForeignAccess,
  dynamodbPitr,
  dynamodbScaling,
  dynamodbStream,
} from '../../../src/audit/dynamodb/controls.js';
import { known } from '../../../src/audit/model/reading.js';
import { allow, GOOD, policyOf, STRANGER } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const scaling = 'value' in GOOD.dynamoTables.scaling ? GOOD.dynamoTables.scaling.value : {};
const { 'index/i:write': write, ...withoutWrite } = scaling;

export const DYNAMODB_FIXTURES: readonly Fixture[] = [
  fixture({
    control: dynamodbCmk,
    declared: { dynamoTables: [{ name: 't' }] },
    reads: ['encryption'],
    fails: [
      ['It is encrypted with an AWS owned key.', { encryption: known({ type: 'AWS_OWNED' as const }) }],
      ['It is not encrypted with a customer managed key.', { encryption: known({ type: 'KMS' as const }) }],
    ],
  }),
  fixture({
    control: dynamodbPitr,
    declared: { dynamoTables: [{ name: 't' }] },
    reads: ['pointInTimeRecovery'],
    fails: [
      ['Point-in-time recovery is off.', { pointInTimeRecovery: known({ enabled: false }) }],
      [
        'Point-in-time recovery covers 7 days; 35 are required.',
        { pointInTimeRecovery: known({ enabled: true, days: 7 }) },
      ],
    ],
  }),
  fixture({
    control: dynamodbDeletionProtection,
    reads: ['deletionProtection'],
    fails: [['Deletion protection is off.', { deletionProtection: known(false) }]],
  }),
  fixture({
    control: dynamodbScaling,
    reads: ['billingMode', 'indexes', 'scaling'],
    fails: [
      ['index/i does not scale for writes.', { scaling: known(withoutWrite) }],
      [
        'index/i scales for writes at 90%; at most 70% is allowed.',
        { scaling: known({ ...scaling, ...(write && { 'index/i:write': { ...write, targetValue: known(90) } }) }) },
      ],
    ],
  }),
  fixture({
    control: dynamodbNoForeignAccess,
    reads: ['resourcePolicy'],
    fails: [
      [
        `A statement without Sid allows account ${STRANGER}, which the config does not name.`,
        { resourcePolicy: known(policyOf(allow('dynamodb:GetItem', { Principal: { AWS: STRANGER } }))) },
      ],
    ],
  }),
  fixture({
    control: dynamodbStream,
    declared: { dynamoTables: [{ name: 't', streamViewType: 'NEW_IMAGE' }] },
    reads: ['streamViewType'],
    fails: [
      ['The view type is not set; the config declares NEW_IMAGE.', { streamViewType: known(undefined) }],
      [
        'The view type is NEW_IMAGE; the config declares no stream.',
        {},
        { declared: { dynamoTables: [{ name: 't' }] } },
      ],
    ],
  }),
];
