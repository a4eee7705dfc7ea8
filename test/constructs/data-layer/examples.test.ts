/** Every example: synthesized as `holdfast synth` does, and checked by cfn-lint and cdk-nag. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.js';
import { createApp } from '../../../src/constructs/backup/create-app.js';
import { isHandedOver } from '../../../src/policies/index.js';
import { emptyBundles } from '../../helpers/empty-bundles.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { resourcesOf, type SynthesizedTemplate } from './data-layer-stacks.js';
import { looseEndsOf } from '../loose-ends.js';

const EXAMPLES = path.join(import.meta.dirname, '../../../examples');
const NAMES = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

/** Zones are named because the runbook names them: writer and reader stay where they are. */
const IGNORED = 'W3010';

interface Synthesized {
  /** By the names of the stacks. */
  readonly templates: Readonly<Record<string, SynthesizedTemplate>>;
  readonly files: readonly string[];
  /** What cdk-nag finds: rule and construct. */
  readonly findings: readonly string[];
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

async function synthesize(name: string): Promise<Synthesized> {
  const { config, warnings } = await loadConfig({ file: path.join(EXAMPLES, name, 'holdfast.yaml'), cwd: EXAMPLES });
  expect(warnings).toEqual([]);
  const outdir = temporaryDirectory();
  const app = createApp(config, { outdir, ...emptyBundles() });
  const findings = findingsOf(app, outdir);
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  const templates = files.map((file): [string, SynthesizedTemplate] => [
    file.replace('.template.json', ''),
    JSON.parse(readFileSync(path.join(outdir, file), 'utf8')) as SynthesizedTemplate,
  ]);
  return { templates: Object.fromEntries(templates), files: files.map((file) => path.join(outdir, file)), findings };
}

/** Synthesizes an app, and says what the packs of cdk-nag find. */
function findingsOf(app: App, outdir: string): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new PCIDSS321Checks(app));
  try {
    app.synth();
    return [];
  } catch {
    const report = JSON.parse(readFileSync(path.join(outdir, 'validation-report.json'), 'utf8')) as Report;
    return report.pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
      ),
    );
  }
}

const synthesized: Record<string, Synthesized> = {};
beforeAll(async () => {
  for (const name of NAMES) synthesized[name] = await synthesize(name);
}, 120_000);

it('there are four', () => {
  expect(NAMES.sort()).toEqual(['aurora-alone', 'bring-your-own-network', 'data-layer-and-backups', 'runbook']);
});

it("cdk-nag's three packs see a bucket that has nothing", () => {
  const outdir = temporaryDirectory();
  const app = new App({ outdir });
  new Bucket(new Stack(app, 'Plain'), 'Bucket');
  const packs = new Set(findingsOf(app, outdir).map((finding) => finding.split('-')[0]));
  expect([...packs].sort()).toEqual(['AwsSolutions', 'NIST.800.53.R5', 'PCI.DSS.321']);
});

it('cfn-lint has no error and no warning for any of them', async () => {
  const files = Object.values(synthesized).flatMap((each) => each.files);
  const args = ['--format', 'parseable', '--ignore-checks', IGNORED, '--', ...files];
  const said = await promisify(execFile)('cfn-lint', args).then(
    ({ stdout }) => stdout,
    ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
  );
  expect(said).toBe('');
}, 120_000);

describe.each(NAMES)('%s', (name) => {
  it('has no finding of cdk-nag without an answer', () => {
    expect(synthesized[name]?.findings).toEqual([]);
  });

  it('18.A1: keeps what guards or carries a resource as long as the resource', () => {
    const templates = Object.values(synthesized[name]?.templates ?? {});
    expect(templates.flatMap((template) => looseEndsOf(template))).toEqual([]);
  });

  it('keeps every value of a secret out of its templates', () => {
    const templates = Object.values(synthesized[name]?.templates ?? {});
    const secrets = templates.flatMap((template) => resourcesOf(template, 'AWS::SecretsManager::Secret'));
    expect(secrets.length).toBeGreaterThan(0);
    for (const { Properties } of secrets) expect(Properties.SecretString).toBeUndefined();
  });
});

describe("backups of the data layer's databases", () => {
  const projects = () => resourcesOf(source(), 'AWS::CodeBuild::Project');
  const stack = (name: string) => {
    const template = synthesized['data-layer-and-backups']?.templates[name];
    if (!template) throw new Error(`The example has no stack ${name}.`);
    return template;
  };
  const source = () => stack('rds-pgdump-backup-prod');
  const outputs = () => stack('fintech-data-layer').Outputs ?? {};

  // 18.A4: the one could not give up what the other imports.
  it('are in a stack that imports nothing: its parameters are outputs of the same name', () => {
    expect(JSON.stringify(Object.values(synthesized))).not.toMatch(/Fn::ImportValue|\"Export\":/);
    const taken = Object.keys(source().Parameters ?? {}).filter((name) => name.startsWith('DataLayer'));
    expect(taken.filter(isHandedOver)).toEqual(taken);
    expect(taken.sort()).toEqual(Object.keys(outputs()).filter(isHandedOver).sort());
  });

  it("run in the cluster's own subnets, in the group that it lets in", () => {
    expect(projects()).toHaveLength(2);
    for (const { Properties } of projects()) {
      expect(Properties.VpcConfig).toEqual({
        VpcId: { Ref: 'DataLayerVpcId' },
        Subnets: [{ Ref: 'DataLayerSubnetId1' }, { Ref: 'DataLayerSubnetId2' }],
        SecurityGroupIds: [{ Ref: 'DataLayerBackupGroupId' }],
      });
    }
    expect(JSON.stringify(outputs().DataLayerBackupGroupId)).toContain('SecurityGroupsBackup');
  });

  it('pull their image without a way to the internet', () => {
    const layer = synthesized['data-layer-and-backups']?.templates['fintech-data-layer'] ?? { Resources: {} };
    const services = JSON.stringify(
      resourcesOf(layer, 'AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties.ServiceName as unknown),
    );
    for (const service of ['ecr.api', 'ecr.dkr', '.s3']) expect(services).toContain(service);
  });

  it('sign in with the secret that the data layer makes for them, which says host and port', () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/backup-credentials';
    for (const { Properties } of projects()) {
      const variables = Properties.Environment.EnvironmentVariables as { Name: string; Value: unknown }[];
      const config = JSON.stringify(variables.find(({ Name }) => Name === 'HOLDFAST_CONFIG')?.Value);
      expect(config).toContain(secretArn);
      expect(config).not.toContain('host');
    }
  });

  it('may read that one secret, and decrypt it with the data key', () => {
    const policies = JSON.stringify(
      ['Policy', 'Role', 'ManagedPolicy'].map((type) => resourcesOf(source(), `AWS::IAM::${type}`)),
    );
    expect(policies).toContain('secret:fintech/backup-credentials-??????');
    expect(policies).toContain('"Resource":{"Ref":"DataLayerKeyArn"},"Sid":"DecryptSecret"');
    expect(JSON.stringify(outputs().DataLayerKeyArn)).toMatch(/GetAtt.*Key/);
  });
});
