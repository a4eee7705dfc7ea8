/** Names of buckets in S3. */

const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

export const LONGEST_BUCKET_NAME = 63;
const RULE = `3 to ${LONGEST_BUCKET_NAME} lower-case letters, digits, hyphens and single dots`;
/** What a bucket's name is, for a sentence that begins with it. */
export const BUCKET_NAME_RULE = `a bucket has ${RULE}, and is not an IP address`;

export function isBucketName(name: string): boolean {
  return BUCKET.test(name);
}

/** What to write instead, as a sentence; `undefined` for a valid name. */
export function bucketNameProblem(name: string): string | undefined {
  if (isBucketName(name)) return undefined;
  const length = name.length > LONGEST_BUCKET_NAME ? `It has ${name.length} characters. ` : '';
  return `${length}Use ${RULE}.`;
}
