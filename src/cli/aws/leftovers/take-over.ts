/** Takes what is left into the stack before it is deployed, by an import of CloudFormation: nothing of it is changed. */
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackImportComplete,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { HoldfastError, messageOf } from '../../../core/errors.js';
import { partitionOf } from '../../../syntax/arn.js';
import type { Session } from '../../session.js';
import { awsFailure } from '../aws-failures.js';
import { removeEmptyStack } from '../failed-stack.js';
import type { SignedIn } from '../sign-in.js';
import type { Stack, Template } from '../synthesize.js';
import type { Leftover } from './find-leftovers.js';
import { importTemplate } from './import-template.js';

const CHANGE_SET = 'holdfast-import';
const MOST_SECONDS = 1800;
/** CloudFormation's limit for a template within a request. */
const LONGEST_BODY = 51_200;

/** @throws HoldfastError DEPLOY_FAILED with CloudFormation's reason, AWS_… */
export async function takeOver(
  session: Session,
  stack: Stack,
  access: SignedIn,
  leftovers: readonly Leftover[],
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { signal, logger } = session;
  const what = `Taking what is left into ${stack.name}`;
  const client = new CloudFormationClient(access.clientOptions);
  const target = { StackName: stack.name, ChangeSetName: CHANGE_SET };
  let deployed: { readonly template: Template } | undefined;
  try {
    logger.info(`${what}: ${leftovers.map(({ name }) => name).join(', ')}.`);
    deployed = await deployedTemplate(client, stack.name);
    const template = importTemplate(stack.template, leftovers, deployed?.template);
    await client.send(new DeleteChangeSetCommand(target)).catch(() => undefined);
    await client.send(
      new CreateChangeSetCommand({
        ...target,
        ChangeSetType: 'IMPORT',
        ...(await bodyOf(template, stack, access)),
        Parameters: Object.keys(template.Parameters ?? {})
          .filter((name) => deployed !== undefined || name in parameters)
          .map((ParameterKey) =>
            deployed
              ? { ParameterKey, UsePreviousValue: true }
              : { ParameterKey, ParameterValue: parameters[ParameterKey] },
          ),
        ResourcesToImport: leftovers.map(({ logicalId, type, identifier }) => ({
          LogicalResourceId: logicalId,
          ResourceType: type,
          ResourceIdentifier: { ...identifier },
        })),
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      }),
      { abortSignal: signal },
    );
    const wait = { client, maxWaitTime: MOST_SECONDS, abortSignal: signal, minDelay: 1, maxDelay: 5 };
    await waitUntilChangeSetCreateComplete(wait, target).catch(async (error: unknown) => {
      const { Status, StatusReason } = await client.send(new DescribeChangeSetCommand(target));
      throw Status === 'FAILED' ? failed(what, StatusReason ?? '', error) : error;
    });
    await client.send(new ExecuteChangeSetCommand(target), { abortSignal: signal });
    await waitUntilStackImportComplete(wait, { StackName: stack.name }).catch(async (error: unknown) => {
      throw failed(what, await reasonOf(client, stack.name), error);
    });
  } catch (error) {
    if (!deployed) await removeEmptyStack(session, access, stack.name);
    throw awsFailure(error, { what, action: 'cloudformation:CreateChangeSet' });
  } finally {
    client.destroy();
  }
}

function failed(what: string, reason: string, cause: unknown): HoldfastError {
  return new HoldfastError('DEPLOY_FAILED', `${what} failed: ${reason}`, {
    cause,
    hint: 'Nothing was changed. What is named above has to be as it was left, or be gone.',
  });
}

async function reasonOf(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  const failure = StackEvents.find(({ ResourceStatus = '' }) => ResourceStatus === 'IMPORT_FAILED');
  return failure === undefined
    ? 'CloudFormation does not say why'
    : `${failure.LogicalResourceId} (${failure.ResourceType}): ${failure.ResourceStatusReason}`;
}

/** @returns nothing where there is no stack, or one that is only planned */
async function deployedTemplate(
  client: CloudFormationClient,
  StackName: string,
): Promise<{ readonly template: Template } | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (stack?.StackStatus === 'REVIEW_IN_PROGRESS') return undefined;
    const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }));
    return { template: JSON.parse(TemplateBody) as Template };
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** What is too long for a request goes through the bucket in which the CDK's toolkit puts templates. */
async function bodyOf(
  template: Template,
  { templateUrl }: Stack,
  { clientOptions: options, region }: SignedIn,
): Promise<{ readonly TemplateBody: string } | { readonly TemplateURL: string }> {
  const TemplateBody = JSON.stringify(template);
  if (Buffer.byteLength(TemplateBody) <= LONGEST_BODY || templateUrl === undefined) return { TemplateBody };
  const Bucket = new URL(templateUrl).hostname;
  const Key = `holdfast-import/${createHash('sha256').update(TemplateBody).digest('hex')}.json`;
  const client = new S3Client({ ...options, forcePathStyle: options.endpoint !== undefined });
  try {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: TemplateBody, ContentType: 'application/json' }));
  } finally {
    client.destroy();
  }
  const domain = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { TemplateURL: `https://${Bucket}.s3.${region}.${domain}/${Key}` };
}
