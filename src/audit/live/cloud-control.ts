/**
 * Resources of an account in CloudFormation's form, by AWS's Cloud Control: for services that the audit has no client of,
 * and whose templates it reads.
 */
import { GetResourceCommand, ListResourcesCommand } from '@aws-sdk/client-cloudcontrol';
import { mapBounded } from '../../core/bounded-concurrency.js';
import { allOf, known, type Reading } from '../model/reading.js';
import type { TemplateResource } from '../template/template-resource.js';
import { TemplateResources } from '../template/resources.js';
import type { AwsReader } from './reader.js';
import type { ReadSubject } from './recorder.js';

/** All of some types, as if one stack had them. Unknown where one of the types could not be read. */
export async function readAsStack(
  aws: AwsReader,
  types: readonly string[],
  subject: ReadSubject,
): Promise<Reading<TemplateResources>> {
  const lists = allOf(await Promise.all(types.map((type) => readType(aws, type, subject))));
  if ('unknown' in lists) return lists;
  const { account, region } = aws.options;
  const all = (lists.value as readonly (readonly TemplateResource[])[]).flat();
  const stack = {
    ...{ stack: 'account', account, region, parameters: {}, mappings: {}, conditions: {}, outputs: {}, metadata: {} },
    resources: Object.fromEntries(all.map((resource, index) => [`Resource${index}`, resource])),
    unread: [],
  };
  return known(TemplateResources.from([stack]));
}

async function readType(
  aws: AwsReader,
  Type: string,
  subject: ReadSubject,
): Promise<Reading<readonly TemplateResource[]>> {
  const listed = await aws.list({
    action: 'cloudformation:ListResources',
    subject,
    page: (NextToken) => new ListResourcesCommand({ TypeName: Type, NextToken }),
    send: (command, options) => aws.clients.cloudControl.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ ResourceDescriptions }) => ResourceDescriptions,
    // Where the Region does not have the service, there is nothing of it.
    absent: ['TypeNotFoundException'],
  });
  if ('unknown' in listed) return listed;
  // A list may leave properties out.
  const read = await mapBounded(listed.value, aws.resourcesAtOnce, ({ Identifier = '' }) =>
    aws.read(
      {
        action: 'cloudformation:GetResource',
        subject,
        command: new GetResourceCommand({ TypeName: Type, Identifier }),
        send: (command, options) => aws.clients.cloudControl.send(command, options),
      },
      ({ ResourceDescription }): TemplateResource => ({
        Type,
        Properties: JSON.parse(ResourceDescription?.Properties ?? '{}') as TemplateResource['Properties'],
      }),
    ),
  );
  const all = allOf(read);
  return 'unknown' in all ? all : known(all.value as readonly TemplateResource[]);
}
