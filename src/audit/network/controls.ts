/** What is required of networks. */
import { controlList } from '../model/control.js';
import { itemsOf, valueOf } from '../model/reading.js';
import { isWideRange } from './address-ranges.js';
import type { IngressRule } from './facts.js';

const { controls, define } = controlList();
export { controls };

export const networkDatabasePortsClosed = define({
  id: 'network-database-ports-closed',
  title: 'No security group opens a port of databases or caches to the internet.',
  severity: 'critical',
  references: {
    pci: ['1.3.1', '1.4.2', '1.4.4'],
    soc2: ['CC6.6'],
    nist: ['AC-4', 'SC-7'],
    iso: ['A.8.20', 'A.8.22'],
    knownAs: ['SH EC2.19 in part', 'P ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432'],
  },
  remediation: 'Let in the security group of those who connect, instead of a range of addresses.',
  evaluatedOn: ['template', 'live'],
  kind: 'securityGroups',
  *check(group) {
    for (const rule of itemsOf(group.ingress)) {
      const open = Object.entries(PORTS).filter(([port]) => isOpen(rule, Number(port)));
      if (open.length > 0 && isWideRange(rule.source))
        yield `${open.map(([port, what]) => `Port ${port} (${what})`).join(', ')} is open to ${rule.source}.`;
    }
  },
});

const PORTS: Readonly<Record<string, string>> = { 5432: 'PostgreSQL', 6379: 'Redis', 3306: 'MySQL' };

function isOpen({ protocol, from = 0, to = 65_535 }: IngressRule, port: number): boolean {
  if (protocol === '-1') return true;
  return ['tcp', '6'].includes(protocol) && from <= port && port <= to;
}

export const networkFlowLogs = define({
  id: 'network-flow-logs',
  title: 'Traffic of each network is logged, refused connections among it.',
  severity: 'medium',
  references: {
    pci: ['10.2.1'],
    soc2: ['CC7.2'],
    nist: ['AU-12', 'SI-4'],
    cis: ['3.7'],
    iso: ['A.8.15', 'A.8.16'],
    knownAs: ['SH EC2.6', 'CKV2_AWS_11'],
  },
  remediation: 'aws ec2 create-flow-logs --resource-type VPC --traffic-type ALL.',
  evaluatedOn: ['template', 'live'],
  kind: 'networks',
  *check(network) {
    let isLogged = false;
    for (const traffic of itemsOf(network.flowLogs)) {
      if (traffic !== 'ACCEPT') return;
      isLogged = true;
    }
    yield isLogged ? 'Connections that are refused are not logged.' : 'Its traffic is not logged.';
  },
});

export const networkS3Endpoint = define({
  id: 'network-s3-endpoint',
  title: 'Each network reaches S3 by an endpoint of its own, not by the internet.',
  severity: 'low',
  references: { nist: ['SC-7'], iso: ['A.8.20'], knownAs: ['P vpc_endpoint_for_s3_enabled in part'] },
  remediation: 'Create a gateway endpoint for S3 in the route tables of the network.',
  evaluatedOn: ['template', 'live'],
  kind: 'networks',
  *check(network) {
    for (const service of itemsOf(network.endpoints)) if (service === 's3') return;
    yield 'It has no endpoint for S3.';
  },
});

export const networkNoPublicAddresses = define({
  id: 'network-no-public-addresses',
  title: 'No subnet gives public addresses to what starts there.',
  severity: 'medium',
  references: {
    pci: ['1.4.4'],
    soc2: ['CC6.6'],
    nist: ['SC-7'],
    iso: ['A.8.20', 'A.8.22'],
    knownAs: ['SH EC2.15', 'CKV_AWS_130'],
  },
  remediation: 'aws ec2 modify-subnet-attribute --no-map-public-ip-on-launch.',
  evaluatedOn: ['template', 'live'],
  kind: 'subnets',
  *check(subnet) {
    if (valueOf(subnet.givesPublicAddresses)) yield 'What starts there gets a public address.';
  },
});
