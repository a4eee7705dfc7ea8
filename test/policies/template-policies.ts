/** The policies of synthesized templates, with every reference replaced by what AWS would put there. */
import type { Template } from 'aws-cdk-lib/assertions';

/** What references stand for: a resource's type and properties to its ARN, its name, or a parameter's value. */
export interface Account {
  readonly account: string;
  readonly region: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** The ARN of the vault's key, which AWS makes up. */
  readonly keyArn: string;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export class TemplatePolicies {
  readonly #resources: Readonly<Record<string, Resource>>;
  readonly #account: Account;

  constructor(template: Template, account: Account) {
    this.#resources = (template.toJSON() as { Resources: Record<string, Resource> }).Resources;
    this.#account = account;
  }

  /** All policies of a role: inline and in resources of their own. */
  identity(roleName: string): { name: string; policy: unknown }[] {
    const role = this.#only('AWS::IAM::Role', ({ RoleName }) => RoleName === roleName);
    const inline = role['Policies'] as { PolicyName: string; PolicyDocument: unknown }[];
    return inline.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, policy: this.#plain(PolicyDocument) }));
  }

  trust(roleName: string): unknown {
    const role = this.#only('AWS::IAM::Role', ({ RoleName }) => RoleName === roleName);
    return this.#plain(role['AssumeRolePolicyDocument']);
  }

  tags(roleName: string): Readonly<Record<string, string>> {
    const role = this.#only('AWS::IAM::Role', ({ RoleName }) => RoleName === roleName);
    const tags = (role['Tags'] ?? []) as { readonly Key: string; readonly Value: string }[];
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
  }

  /** The policy of the vault's bucket. */
  bucket(): unknown {
    const ofVault = ({ PolicyDocument }: Resource['Properties']) =>
      JSON.stringify(PolicyDocument).includes('DenyOverwriting');
    return this.#plain(this.#only('AWS::S3::BucketPolicy', ofVault)['PolicyDocument']);
  }

  /** The policy of the key that backups are encrypted with. */
  key(): unknown {
    const ofVault = ({ KeyPolicy }: Resource['Properties']) => JSON.stringify(KeyPolicy).includes('AllowWriting');
    return this.#plain(this.#only('AWS::KMS::Key', ofVault)['KeyPolicy']);
  }

  #only(type: string, matches: (properties: Resource['Properties']) => boolean): Resource['Properties'] {
    const found = Object.values(this.#resources).filter(
      (resource) => resource.Type === type && matches(resource.Properties),
    );
    if (found.length !== 1) throw new Error(`There are ${found.length} resources of type ${type} that match.`);
    return found[0]!.Properties;
  }

  #plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#plain(item));
    if (typeof value !== 'object' || value === null) return value;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && key === 'Ref') return this.#reference(argument as string);
    if (others.length === 0 && key === 'Fn::GetAtt') return this.#attribute(argument as [string, string]);
    if (others.length === 0 && key === 'Fn::Join') {
      const [separator, parts] = this.#plain(argument) as [string, string[]];
      return parts.join(separator);
    }
    if (key.startsWith('Fn::')) throw new Error(`The function ${key} is not known here.`);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#plain(item)]));
  }

  #reference(id: string): string {
    const { account, region, parameters = {} } = this.#account;
    const known: Record<string, string> = { ...parameters, 'AWS::AccountId': account, 'AWS::Region': region };
    const resource = this.#resources[id];
    const name = known[id] ?? resource?.Properties['BucketName'];
    if (typeof name !== 'string') throw new Error(`Nobody knows what the reference ${id} is.`);
    return name;
  }

  /** A made-up ARN for what no case asks about. */
  #attribute([id, attribute]: [string, string]): string {
    const { account, region, keyArn } = this.#account;
    const { Type, Properties } = this.#resources[id]!;
    if (Type === 'AWS::KMS::Key') {
      return JSON.stringify(Properties['KeyPolicy']).includes('AllowWriting')
        ? keyArn
        : `arn:aws:kms:${region}:${account}:key/0ther0th-e70t-4e70-8e70-0the70the700`;
    }
    if (Type === 'AWS::S3::Bucket') return `arn:aws:s3:::${String(Properties['BucketName'])}`;
    return `arn:aws:${Type.split('::')[1]?.toLowerCase()}:${region}:${account}:${id}/${attribute}`;
  }
}
