/** Checks of values that AWS defines. Each returns what to write instead, or `undefined` if the value is valid. */

export function projectNameProblem(text: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/.test(text)) return undefined;
  return 'Give the name of a CodeBuild project: 2 to 150 letters, digits, hyphens and underscores.';
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
