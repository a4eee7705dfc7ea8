/** Stacks in the emulator of a test file: deployed as JSON through the SDK, and looked at. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  type CreateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import type { Emulator } from '../../helpers/emulator.js';

/** The resources of a template, by their logical ids. */
export type Resources = Readonly<Record<string, Resource>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

export interface Deployed {
  readonly stackId: string;
  readonly status: string;
  /** What failed, as `logical id: reason`. */
  readonly failures: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The physical ids of the resources, by their logical ones. */
  readonly ids: Readonly<Record<string, string>>;
}

export interface Template {
  readonly Resources: Resources;
  readonly [section: string]: unknown;
}

type Options = Omit<CreateStackCommandInput, 'StackName' | 'TemplateBody'>;

export interface Stacks {
  create(name: string, template: Template, options?: Options): Promise<Deployed>;
  update(name: string, template: Template, options?: Options): Promise<Deployed>;
  /** @param nameOrId the id finds what became of a stack that is gone */
  describe(nameOrId: string): Promise<Deployed>;
  delete(name: string): Promise<Deployed>;
}

export const ref = (name: string) => ({ Ref: name });
export const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });
export const sub = (text: string) => ({ 'Fn::Sub': text });
export const policy = (...statements: readonly Readonly<Record<string, unknown>>[]) => ({
  Version: '2012-10-17',
  Statement: statements,
});

export function stacksOf(emulator: Emulator): Stacks {
  let made: CloudFormationClient | undefined;
  const client = () => (made ??= new CloudFormationClient(clientOptions(emulator)));

  async function describe(nameOrId: string): Promise<Deployed> {
    const { Stacks: [stack] = [] } = await client().send(new DescribeStacksCommand({ StackName: nameOrId }));
    const StackName = stack!.StackId!;
    const { StackEvents = [] } = await client().send(new DescribeStackEventsCommand({ StackName }));
    const { StackResources = [] } = await client().send(new DescribeStackResourcesCommand({ StackName }));
    return {
      stackId: StackName,
      status: stack!.StackStatus!,
      failures: StackEvents.filter(
        (event) => event.ResourceStatus?.endsWith('_FAILED') && event.LogicalResourceId !== stack!.StackName,
      ).map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`),
      outputs: Object.fromEntries((stack!.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue!])),
      ids: Object.fromEntries(StackResources.map((item) => [item.LogicalResourceId!, item.PhysicalResourceId!])),
    };
  }

  return {
    describe,
    async create(StackName, template, options = {}) {
      const TemplateBody = JSON.stringify(template);
      await client().send(new CreateStackCommand({ StackName, TemplateBody, ...options }));
      return describe(StackName);
    },
    async update(StackName, template, options = {}) {
      const TemplateBody = JSON.stringify(template);
      await client().send(new UpdateStackCommand({ StackName, TemplateBody, ...options }));
      return describe(StackName);
    },
    async delete(StackName) {
      const { stackId } = await describe(StackName);
      await client().send(new DeleteStackCommand({ StackName }));
      return describe(stackId);
    },
  };
}

/** For a client of any service. */
export function clientOptions({ endpoint, clientOptions: { region, credentials } }: Emulator) {
  return {
    endpoint,
    region: region as string,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string },
  };
}
