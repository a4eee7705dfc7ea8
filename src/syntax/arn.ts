/**
 * Names of resources on AWS, `arn:partition:service:region:account:resource`, and the Regions and accounts in them.
 *
 * By hand: the SDK's `util-arn-parser` splits at every colon, and a template's `${AWS::Region}` has two.
 */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for services without Regions, such as IAM and S3. */
  readonly region: string;
  /** Empty where a name is unique without it, as that of a bucket. */
  readonly account: string;
  readonly resource: string;
}

/**
 * What a template leaves to its deployment, `${AWS::AccountId}`, stands for itself. There is one way to match any text: a
 * policy in an audited account may be written to make a reader try them all.
 */
const PART = String.raw`([^:$]*(?:\$(?:\{[^}]*\}|(?!\{))[^:$]*)*)`;
const ARN = new RegExp(`^arn:${PART}:${PART}:${PART}:${PART}:(.+)$`, 's');

/** The parts of an ARN, whatever they say; `undefined` for what is none. */
export function parseArn(text: string): Arn | undefined {
  const match = ARN.exec(text);
  if (!match) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match;
  return { partition, service, region, account, resource };
}

/** The inverse of {@link parseArn}. */
export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** The number of the account that an ARN names; `undefined` for one that names none, and for what is no ARN. */
export function accountOfArn(text: string | undefined): string | undefined {
  const account = parseArn(text ?? '')?.account ?? '';
  return isAccount(account) ? account : undefined;
}

/** The bucket of an ARN; anything else is taken for the bucket's name. */
export function bucketOfArn(text: string): string {
  const arn = parseArn(text);
  return arn?.service === 's3' && arn.region === '' && arn.account === '' ? arn.resource : text;
}

/** By what their Regions begin with; all others are in `aws`. */
const PARTITIONS: ReadonlyArray<readonly [prefix: string, partition: string]> = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
];

/** The partition that a Region belongs to. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

const ACCOUNT = String.raw`\d{12}`;
const REGION = String.raw`[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}`;
const PARTITION = 'aws[a-z-]*';
const PATH = String.raw`[\w+=,.@/-]+`;

/** The full ARN of a KMS key, as a regular expression that CloudFormation takes too. */
export const KEY_ARN_PATTERN = `^arn:${PARTITION}:kms:${REGION}:${ACCOUNT}:key/[A-Za-z0-9-]+$`;

const KEY_ARN = new RegExp(KEY_ARN_PATTERN);
const SECRET_ARN = new RegExp(`^arn:${PARTITION}:secretsmanager:${REGION}:${ACCOUNT}:secret:[A-Za-z0-9/_+=.@!-]+$`);
const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role/${PATH}$`);
const PRINCIPAL = new RegExp(`^(?:${ACCOUNT}|arn:${PARTITION}:iam::${ACCOUNT}:(?:root|(?:role|user)/${PATH}))$`);
const PRINCIPAL_PATTERN = new RegExp(String.raw`^arn:${PARTITION}:iam::${ACCOUNT}:(?:role|user)/[\w+=,.@/*?-]+$`);

export function isAccount(text: string): boolean {
  return new RegExp(`^${ACCOUNT}$`).test(text);
}

/** What to write instead, as a sentence; `undefined` for a valid value. So are the others. */
export function regionProblem(text: string): string | undefined {
  return new RegExp(`^${REGION}$`).test(text) ? undefined : 'Give the code of an AWS Region, for example us-east-1.';
}

export function accountProblem(text: string): string | undefined {
  return isAccount(text) ? undefined : 'Give the 12-digit number of the AWS account, in quotes.';
}

/** The condition in the bucket's policy is evaluated against the key's full ARN: ids and aliases never match it. */
export function keyArnProblem(text: string): string | undefined {
  if (KEY_ARN.test(text)) return partitionProblem(text);
  const example = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  if (/(^|:)alias\//.test(text)) return `Give the key's own ARN, not an alias: ${example}.`;
  return `Give the full ARN of the KMS key (a bare key id never matches the bucket's policy): ${example}.`;
}

/** Accepted with and without the six characters that Secrets Manager appends to the name. */
export function secretArnProblem(text: string): string | undefined {
  if (SECRET_ARN.test(text)) return partitionProblem(text);
  return 'Give the ARN of the secret in Secrets Manager: arn:aws:secretsmanager:us-east-1:111122223333:secret:NAME.';
}

export function roleArnProblem(text: string): string | undefined {
  return ROLE_ARN.test(text) ? undefined : 'Give the ARN of a role: arn:aws:iam::111122223333:role/NAME.';
}

/** A role of the section's own account may be given by name. */
export function roleProblem(text: string): string | undefined {
  if (ROLE_ARN.test(text) || /^[\w+=,.@-]{1,64}$/.test(text)) return undefined;
  return 'Give the name of a role, or its ARN: arn:aws:iam::111122223333:role/NAME.';
}

/** Who may assume a role. */
export function principalProblem(text: string): string | undefined {
  return PRINCIPAL.test(text) ? undefined : 'Give the ARN of a role or a user, or the 12-digit number of an account.';
}

/** Roles and users, possibly with wildcards, where a policy compares ARNs as patterns. */
export function principalPatternProblem(text: string): string | undefined {
  if (PRINCIPAL_PATTERN.test(text)) return undefined;
  return 'Give the ARN of a role or a user, with * and ? as wildcards: arn:aws:iam::111122223333:role/NAME.';
}

function partitionProblem(text: string): string | undefined {
  const { partition = '', region = '' } = parseArn(text) ?? {};
  const own = partitionOf(region);
  return own === partition ? undefined : `ARNs in ${region} begin with arn:${own}, not arn:${partition}.`;
}
