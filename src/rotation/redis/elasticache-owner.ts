/** The secret that a user or a replication group belongs to, as a tag: whoever signs in to the cache cannot write one. */
import { createHash } from 'node:crypto';
import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand,
  type ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { elastiCacheError } from './elasticache-waiting.js';
import { ofAnotherSecret, OWNER_TAG } from './owner.js';

/** A tag's value has no room for every ARN: names of secrets have up to 512 characters. */
const LONGEST_VALUE = 256;

/**
 * @param what for messages: `The user app-user`
 * @throws HoldfastError ROTATION_REFUSED for what another secret's rotation has tagged
 */
export async function requireOwnTag(
  client: ElastiCacheClient,
  what: string,
  ResourceName: string,
  secretId: string,
): Promise<void> {
  const own = tagValue(secretId);
  const owner = async () => {
    const { TagList = [] } = await client
      .send(new ListTagsForResourceCommand({ ResourceName }))
      .catch((error: unknown) => {
        throw elastiCacheError(error, `Reading the tags of ${ResourceName}`, 'elasticache:ListTagsForResource');
      });
    return TagList.find(({ Key }) => Key === OWNER_TAG)?.Value;
  };
  let found = await owner();
  if (found === undefined) {
    const Tags = [{ Key: OWNER_TAG, Value: own }];
    await client.send(new AddTagsToResourceCommand({ ResourceName, Tags })).catch((error: unknown) => {
      throw elastiCacheError(error, `Tagging ${ResourceName}`, 'elasticache:AddTagsToResource');
    });
    // Another secret may have done the same since: the last one has it.
    found = await owner();
  }
  if (found === own) return;
  const release = `aws elasticache remove-tags-from-resource --resource-name ${ResourceName} --tag-keys ${OWNER_TAG}`;
  throw ofAnotherSecret(what, found ?? 'whose tag has just been taken away', release);
}

function tagValue(secretId: string): string {
  return secretId.length <= LONGEST_VALUE ? secretId : `sha256:${createHash('sha256').update(secretId).digest('hex')}`;
}
