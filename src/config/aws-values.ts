/** Checks of values that AWS defines. Each returns what to write instead, or `undefined` if the value is valid. */

const PARTITION = 'aws[a-z-]*';
const REGION = '[a-z]{2,4}(?:-[a-z]+)+-\\d{1,2}';
const KEY_ARN = new RegExp(`^arn:${PARTITION}:kms:${REGION}:\\d{12}:key/[A-Za-z0-9-]+$`);
const SECRET_ARN = new RegExp(`^arn:${PARTITION}:secretsmanager:${REGION}:\\d{12}:secret:[A-Za-z0-9/_+=.@!-]+$`);
const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::\\d{12}:role/[\\w+=,.@/-]+$`);

export function regionProblem(text: string): string | undefined {
  return new RegExp(`^${REGION}$`).test(text) ? undefined : 'Give the code of an AWS Region, for example us-east-1.';
}

/** The condition in the bucket's policy is evaluated against the key's full ARN: ids and aliases never match it. */
export function keyArnProblem(text: string): string | undefined {
  if (KEY_ARN.test(text)) return undefined;
  const example = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  if (/(^|:)alias\//.test(text)) return `Give the key's own ARN, not an alias: ${example}.`;
  return `Give the full ARN of the KMS key (a bare key id never matches the bucket's policy): ${example}.`;
}

/** Accepted with and without the six characters that Secrets Manager appends to the name. */
export function secretArnProblem(text: string): string | undefined {
  if (SECRET_ARN.test(text)) return undefined;
  return 'Give the ARN of the secret in Secrets Manager: arn:aws:secretsmanager:us-east-1:111122223333:secret:NAME.';
}

export function accountProblem(text: string): string | undefined {
  return /^\d{12}$/.test(text) ? undefined : 'Give the 12-digit number of the AWS account, in quotes.';
}

export function projectNameProblem(text: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/.test(text)) return undefined;
  return 'Give the name of a CodeBuild project: 2 to 150 letters, digits, hyphens and underscores.';
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
  if (new RegExp(`^(\\d{12}|arn:${PARTITION}:iam::\\d{12}:(root|(role|user)/[\\w+=,.@/-]+))$`).test(text))
    return undefined;
  return 'Give the ARN of a role or a user, or the 12-digit number of an account.';
}

/** Roles and users, possibly with wildcards, where a policy compares ARNs as patterns. */
export function principalPatternProblem(text: string): string | undefined {
  if (new RegExp(`^arn:${PARTITION}:iam::\\d{12}:(role|user)/[\\w+=,.@/*?-]+$`).test(text)) return undefined;
  return 'Give the ARN of a role or a user, with * and ? as wildcards: arn:aws:iam::111122223333:role/NAME.';
}

/** @returns a check of ids such as `vpc-0a1b2c3d` */
export function resourceIdProblem(kind: 'vpc' | 'subnet' | 'sg' | 'rtb'): (text: string) => string | undefined {
  return (text) =>
    new RegExp(`^${kind}-[0-9a-f]{8,17}$`).test(text)
      ? undefined
      : `Give its id, for example ${kind}-0a1b2c3d4e5f67890.`;
}

export function cidrProblem(text: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const isRange =
    match?.slice(1, 5).every((part) => Number(part) <= 255) && Number(match[5]) >= 16 && Number(match[5]) <= 26;
  return isRange ? undefined : 'Give an IPv4 range from /16 to /26, for example 10.90.0.0/24.';
}
