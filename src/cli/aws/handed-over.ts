/** What stacks say on its way to the stacks that take it: the key of the vault, the network of the data layer. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { isHandedOver, VAULT_KEY } from '../../policies/index.js';
import { awsFailure } from './aws-failures.js';
import type { OpenedStacks } from './open-stacks.js';
import type { Stack } from './synthesize.js';
import type { Deployed } from './toolkit.js';

const BY_CONFIG = 'put its output VaultKeyArn into the config as kmsKeyArn';

/**
 * The parameters of a stack that are not known before another one is deployed.
 *
 * @param deployed what this command has deployed so far
 * @throws HoldfastError CONFIG_INVALID when a value is nowhere to be found; AWS_… where it may not be looked up
 */
export async function parametersOf(
  stack: Stack,
  deployed: readonly Deployed[],
  stacks: OpenedStacks,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(stack.template.Parameters ?? {})) {
    if (!isHandedOver(name)) continue;
    // What the config gives is the parameter's default, and it wins over what an earlier deployment was given.
    const written = typeof parameter.Default === 'string' && parameter.Default !== '' ? parameter.Default : undefined;
    const fresh = deployed.map(({ outputs }) => outputs[name]).find((value) => value !== undefined);
    values[name] = fresh ?? written ?? (await deployedOutput(stack, name, stacks));
  }
  return values;
}

/** The output of the other stack as it stands, which somebody else may have deployed. */
async function deployedOutput(stack: Stack, output: string, { stacks, access }: OpenedStacks): Promise<string> {
  const from = stacks.find(({ template }) => template.Outputs?.[output] !== undefined);
  const isKey = output === VAULT_KEY;
  const problem = from === undefined ? 'the config has no backupAccount' : await lookUpOutput(from, output, access);
  if (typeof problem !== 'string') return problem.value;
  throw new HoldfastError(
    'CONFIG_INVALID',
    isKey
      ? `${stack.name} needs the key of the vault: the config has no kmsKeyArn, and ${problem}.`
      : `${stack.name} needs the output ${output} of ${from?.name}, and ${problem}.`,
    { hint: isKey ? `Deploy the backup account first, or ${BY_CONFIG}.` : `Deploy ${from?.name} first.` },
  );
}

/** @returns an output of the stack as it stands, or why there is none @throws HoldfastError AWS_… */
export async function lookUpOutput(
  stack: Stack,
  output: string,
  access: OpenedStacks['access'],
): Promise<string | { readonly value: string }> {
  const { name, place } = stack;
  const isKey = output === VAULT_KEY;
  const what = isKey ? `Looking for the key of the vault in ${name}` : `Looking for ${output} of ${name}`;
  const ask = (error: unknown, action: string) => {
    const failure = awsFailure(error, { what, action });
    return isKey ? withWayOut(failure, place) : failure;
  };
  const { account, region, clientOptions } = await access(stack).catch((error: unknown) => {
    throw ask(error, 'sts:AssumeRole');
  });
  const client = new CloudFormationClient(clientOptions);
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const value = found?.Outputs?.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
    return value === undefined ? `${name} has no output ${output} (it is ${found?.StackStatus})` : { value };
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return `${name} is not deployed in account ${account}, ${region}`;
    throw ask(error, 'cloudformation:DescribeStacks');
  } finally {
    client.destroy();
  }
}

/** Whoever deploys one account may have no access to the other. */
function withWayOut({ code, message, hint, cause }: HoldfastError, place: string): HoldfastError {
  return new HoldfastError(code, message, { cause, hint: `${hint} Or ${BY_CONFIG}: then ${place} is not asked.` });
}
