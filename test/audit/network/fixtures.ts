import { known } from '../../../src/audit/model/reading.js';
import {
  networkDatabasePortsClosed,
  networkFlowLogs,
  networkNoPublicAddresses,
  networkS3Endpoint,
} from '../../../src/audit/network/controls.js';
import { fixture, type Fixture } from '../fixture.js';

const ingress = (source: string, more: object = {}) => ({
  ingress: known([
    { protocol: 'tcp', from: 443, to: 443, source: '0.0.0.0/0' },
    { protocol: 'tcp', from: 5432, to: 5432, source: '10.0.0.0/8' },
    { protocol: 'udp', from: 0, to: 65_535, source: '0.0.0.0/0' },
    { protocol: 'tcp', from: 5432, to: 5432, source, ...more },
  ]),
});

export const NETWORK_FIXTURES: readonly Fixture[] = [
  fixture({
    control: networkDatabasePortsClosed,
    reads: ['ingress'],
    fails: [
      ...['0.0.0.0/0', '::/0', '128.0.0.0/1', '10.0.0.0/7', '52.0.0.0/8', '2600::/12'].map(
        (source) => [`Port 5432 (PostgreSQL) is open to ${source}.`, ingress(source)] as const,
      ),
      ['Port 6379 (Redis) is open to 0.0.0.0/0.', ingress('0.0.0.0/0', { from: 6000, to: 7000 })],
      [
        'Port 3306 (MySQL), Port 5432 (PostgreSQL), Port 6379 (Redis) is open to 0.0.0.0/0.',
        ingress('0.0.0.0/0', { protocol: '-1', from: -1, to: -1 }),
      ],
    ],
  }),
  fixture({
    control: networkFlowLogs,
    reads: ['flowLogs'],
    fails: [
      ['Its traffic is not logged.', { flowLogs: known([]) }],
      ['Connections that are refused are not logged.', { flowLogs: known(['ACCEPT']) }],
    ],
  }),
  fixture({
    control: networkS3Endpoint,
    reads: ['endpoints'],
    fails: [['It has no endpoint for S3.', { endpoints: known(['dynamodb']) }]],
  }),
  fixture({
    control: networkNoPublicAddresses,
    reads: ['givesPublicAddresses'],
    fails: [['What starts there gets a public address.', { givesPublicAddresses: known(true) }]],
  }),
];
