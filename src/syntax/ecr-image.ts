/** URIs of images in ECR: `111122223333.dkr.ecr.us-east-1.amazonaws.com/name:tag`, or `…/name@sha256:…`. */

export interface EcrImage {
  readonly account: string;
  readonly region: string;
  /** With slashes, if it has any. */
  readonly repository: string;
}

const IMAGE =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)\/([a-z0-9][a-z0-9._/-]*)(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** The parts of a URI; `undefined` for what is none, and for one with neither tag nor digest. */
export function parseEcrImage(uri: string): EcrImage | undefined {
  const [, account, region, repository] = IMAGE.exec(uri) ?? [];
  if (account === undefined || region === undefined || repository === undefined) return undefined;
  return { account, region, repository };
}
