/** Names of buckets in S3. */

const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

export function isBucketName(name: string): boolean {
  return BUCKET.test(name);
}

/** What to write instead, as a sentence; `undefined` for a valid name. */
export function bucketNameProblem(name: string): string | undefined {
  return isBucketName(name) ? undefined : 'Use 3 to 63 lower-case letters, digits, hyphens and single dots.';
}
