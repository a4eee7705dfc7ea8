/** PostgreSQL's versions as people and programs write them. */

export interface ParsedVersion {
  readonly major: number;
  /** `15.18` */
  readonly version: string;
  /** As `server_version_num`: 150018. */
  readonly versionNum: number;
}

/** `15.18 (Debian …)`, `9.6.24`, `19beta1` → major, version and number; `undefined` for anything else. */
export function parseVersion(text: string): ParsedVersion | undefined {
  const match = /^((\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,2}))?\w*)/.exec(text);
  if (!match) return undefined;
  const [first, second, third] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  // Up to 9.6 the major version had two parts.
  const versionNum = first >= 10 ? first * 10_000 + second : first * 10_000 + second * 100 + third;
  return { major: first, version: match[1] ?? '', versionNum };
}
