/** The action of `holdfast secret`. */
import { settingsOfSecret } from '../../../config/accounts.js';
import { HoldfastError } from '../../../core/errors.js';
import { Secret } from '../../../core/secret.js';
import { regionOfSecret } from '../../../syntax/secret-arn.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { askHidden, canAsk } from '../../inputs/prompt.js';
import { readInput } from '../../inputs/read-input.js';
import type { Session } from '../../session.js';
import { signIn } from '../../aws/sign-in.js';
import { putSecret } from '../../aws/put-secret.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { secretSetDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof secretSetDocument>;

export interface SetOptions {
  readonly field?: string;
}

export async function setSecret(
  session: Session,
  name: string,
  { field }: SetOptions,
): Promise<CommandResult<Document>> {
  const config = await session.config.optional();
  const region = regionOfSecret(name) ?? config?.region;
  const access = await signIn(session, 'the account of the secret', settingsOfSecret(config, name), region);
  const value = await readValue(session, field === undefined ? name : `${name}, field ${field}`);
  const stored = await putSecret({ options: access.clientOptions, name, field, value });
  return {
    document: { secret: { ...stored, field: field ?? null, account: access.account } },
    format: () =>
      `Stored a new version of ${stored.name}${field === undefined ? '' : `, field ${field}`}, in account ${access.account}: version ${stored.versionId}.`,
    exitCode: EXIT_DONE,
  };
}

/** @throws HoldfastError USAGE when it is empty, or typed differently the second time */
async function readValue(session: Session, what: string): Promise<Secret> {
  const value = canAsk(session) ? await askTwice(session, what) : await readInput(session);
  if (value.reveal() !== '') return value;
  throw new HoldfastError('USAGE', `Reading the value of ${what}: it is empty.`, {
    hint: 'Write it to standard input, or run the command on a terminal to be asked.',
  });
}

async function askTwice(session: Session, what: string): Promise<Secret> {
  const value = await askHidden(session, `Value of ${what}: `);
  if (value === '' || value === (await askHidden(session, 'Once more: '))) return new Secret(value);
  throw new HoldfastError('USAGE', `Reading the value of ${what}: it was typed differently the second time.`, {
    hint: 'Nothing was stored. Run it again.',
  });
}
