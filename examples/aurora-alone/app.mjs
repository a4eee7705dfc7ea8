/** The same database in an app of your own: `npx cdk synth --app "node app.mjs"`. */
import { App, Stack } from 'aws-cdk-lib';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AuroraPostgres, DataKey, DataSecurityGroups } from 'holdfast/constructs';

const app = new App();
const stack = new Stack(app, 'ledger', { env: { account: '111122223333', region: 'eu-central-1' } });
const availabilityZones = ['eu-central-1a', 'eu-central-1b'];

const vpc = new Vpc(stack, 'Vpc', {
  availabilityZones,
  natGateways: 0,
  subnetConfiguration: [{ name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED }],
});
const { key } = new DataKey(stack, 'Key', {
  services: ['rds', 'secretsmanager'],
  logGroups: ['/aws/rds/cluster/*'],
});
const groups = new DataSecurityGroups(stack, 'Groups', { vpc });
new AuroraPostgres(stack, 'Database', {
  vpc,
  securityGroups: groups.database,
  availabilityZones,
  encryptionKey: key,
  readers: 2,
});

app.synth();
