/** A data layer with its rotations, synthesized, and the policies in it with the ARNs that its resources would have. */
import { DataLayerRotations } from '../../../src/constructs/data-layer/index.js';
import type { DataLayerInput } from '../../../src/config/sections/data-layer.js';
import { emptyRotationBundles } from '../../helpers/empty-bundles.js';
import { TemplatePolicies, type Policy } from '../../policies/data-layer-simulation.js';
import { ACCOUNT, REGION, stackOf, templateOf, type SynthesizedTemplate } from '../data-layer/data-layer-stacks.js';

export interface RotationTemplate {
  readonly template: SynthesizedTemplate;
  /** The id of the user that the cache's secret is for. */
  readonly redisUserId: string;
  /** Of the data key. */
  readonly keyPolicy: Policy;
  /** Of the function `<prefix>-rotation-<name>`. */
  readonly policyOf: (name: string) => Policy;
}

export function rotationTemplate(
  layer: DataLayerInput = {},
  options: { readonly backups?: boolean } = {},
): RotationTemplate {
  const { stack } = stackOf({ network: { createCidr: '10.80.0.0/22' }, ...layer }, options);
  new DataLayerRotations(stack, 'Rotations', { layer: stack, bundles: emptyRotationBundles() });
  const template = templateOf(stack);
  const resource = (id: string) => {
    const found = template.Resources[id];
    if (!found) throw new Error(`The template has no ${id}.`);
    return found;
  };
  const concrete = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(concrete);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
    if (ref === 'AWS::Partition') return 'aws';
    if (typeof ref === 'string') return identify(ref);
    if (Array.isArray(attribute)) return identify(String(attribute[0]), String(attribute[1]));
    if (Array.isArray(join)) return (join[1] as unknown[]).map((part) => String(concrete(part))).join('');
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, concrete(each)]));
  };
  const identify = (id: string, attribute = ''): string => {
    const { Type, Properties } = resource(id) as { Type: string; Properties: Record<string, unknown> };
    const secret = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;
    if (attribute === 'MasterUserSecret.SecretArn') return secret('rds!cluster-1234');
    const properties = Properties;
    switch (Type) {
      case 'AWS::SecretsManager::Secret':
        return secret(String(properties.Name));
      case 'AWS::SecretsManager::SecretTargetAttachment':
        return String(concrete(properties.SecretId));
      case 'AWS::KMS::Key':
        return `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
      case 'AWS::Logs::LogGroup':
        return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${String(properties.LogGroupName)}`;
      case 'AWS::ElastiCache::User':
        return String(properties.UserId);
      default:
        return `${Type}.${id}`;
    }
  };
  const users = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::ElastiCache::User');
  const ofSecret = users.find(({ Properties }) => JSON.stringify(Properties).includes('resolve:secretsmanager'));
  return {
    template,
    redisUserId: String((ofSecret?.Properties as Record<string, unknown> | undefined)?.UserId),
    keyPolicy: new TemplatePolicies(template).key,
    policyOf(name) {
      const role = Object.values(template.Resources).find(
        ({ Type, Properties }) =>
          Type === 'AWS::IAM::Role' &&
          String((Properties as Record<string, unknown>).Description).includes(`fintech-rotation-${name})`),
      );
      if (!role) throw new Error(`No role is for fintech-rotation-${name}.`);
      const { Policies } = role.Properties as { Policies: { PolicyDocument: unknown }[] };
      return concrete(Policies[0]?.PolicyDocument) as Policy;
    },
  };
}
