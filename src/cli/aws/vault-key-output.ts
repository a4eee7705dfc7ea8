/** The key of the vault on its way from the stack that makes it to the stacks that write with it. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { awsFailure } from './aws-failures.js';
import type { OpenedStacks } from './open-stacks.js';
import type { Stack } from './synthesize.js';
import type { Deployed } from './toolkit.js';

/** The name of the output and of the parameter; see `createApp`. */
export const VAULT_KEY = 'VaultKeyArn';

const BY_CONFIG = 'put its output VaultKeyArn into the config as kmsKeyArn';

/**
 * The parameters of a stack that are not known before another one is deployed.
 *
 * @param deployed what this command has deployed so far
 * @throws HoldfastError CONFIG_INVALID when the key is nowhere to be found; AWS_… where it may not be looked up
 */
export async function parametersOf(
  stack: Stack,
  deployed: readonly Deployed[],
  stacks: OpenedStacks,
): Promise<Record<string, string>> {
  const parameter = stack.template.Parameters?.[VAULT_KEY];
  if (parameter === undefined) return {};
  const fresh = deployed.map(({ outputs }) => outputs[VAULT_KEY]).find((value) => value !== undefined);
  if (fresh !== undefined) return { [VAULT_KEY]: fresh };
  // The config's own key is the parameter's default, and it wins over what an earlier deployment was given.
  if (typeof parameter.Default === 'string' && parameter.Default !== '') return { [VAULT_KEY]: parameter.Default };
  return { [VAULT_KEY]: await deployedKey(stack, stacks) };
}

/** The output of the vault's stack as it stands, which somebody else may have deployed. */
async function deployedKey(stack: Stack, { stacks, access }: OpenedStacks): Promise<string> {
  const vault = stacks.find(({ template }) => template.Outputs?.[VAULT_KEY] !== undefined);
  const problem = vault === undefined ? 'the config has no backupAccount' : await lookUpVaultKey(vault, access);
  if (typeof problem !== 'string') return problem.arn;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `${stack.name} needs the key of the vault: the config has no kmsKeyArn, and ${problem}.`,
    { hint: `Deploy the backup account first, or ${BY_CONFIG}.` },
  );
}

/** @returns the key of the stack as it stands, or why there is none @throws HoldfastError AWS_… */
export async function lookUpVaultKey(
  vault: Stack,
  access: OpenedStacks['access'],
): Promise<string | { readonly arn: string }> {
  const { name, place } = vault;
  const what = `Looking for the key of the vault in ${name}`;
  const { account, region, clientOptions } = await access(vault).catch((error: unknown) => {
    throw withWayOut(awsFailure(error, { what, action: 'sts:AssumeRole' }), place);
  });
  const client = new CloudFormationClient(clientOptions);
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const arn = found?.Outputs?.find(({ OutputKey }) => OutputKey === VAULT_KEY)?.OutputValue;
    return arn === undefined ? `${name} has no output ${VAULT_KEY} (it is ${found?.StackStatus})` : { arn };
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return `${name} is not deployed in account ${account}, ${region}`;
    throw withWayOut(awsFailure(error, { what, action: 'cloudformation:DescribeStacks' }), place);
  } finally {
    client.destroy();
  }
}

/** Whoever deploys one account may have no access to the other. */
function withWayOut({ code, message, hint, cause }: HoldfastError, place: string): HoldfastError {
  return new HoldfastError(code, message, { cause, hint: `${hint} Or ${BY_CONFIG}: then ${place} is not asked.` });
}
