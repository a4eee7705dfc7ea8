/** What a build does: `node holdfast.mjs backup NAME`, where PostgreSQL's client programs are. */

/** The machine image of a build. */
export interface BuildImage {
  /** `aws/codebuild/…`, or an image in ECR. */
  readonly uri: string;
  /** Whether it is not CodeBuild's own: then the client programs are in it, and the user `holdfast`. */
  readonly own: boolean;
  /** File in it with the authorities of RDS. @default it is not known to have one */
  readonly authorities?: string;
}

/** Where docker/backup-worker/Dockerfile puts the authorities of RDS. */
export const RDS_AUTHORITIES = '/etc/ssl/rds/global-bundle.pem';

/** Amazon Linux 2023, with PostgreSQL's client programs among its packages. */
export const CODEBUILD_IMAGE: BuildImage = { uri: 'aws/codebuild/amazonlinux-x86_64-standard:5.0', own: false };

/** The project's source holds nothing but `holdfast.mjs` and certificates: no code comes from the network. */
export function buildSpec(database: string, image: BuildImage, postgresMajor: number): object {
  // Names of databases hold nothing that a shell would take for its own, but for a leading hyphen, which they cannot have.
  const build = { commands: [`node holdfast.mjs backup ${database}`] };
  if (image.own) return { version: '0.2', phases: { build } };
  return {
    version: '0.2',
    phases: {
      install: {
        'runtime-versions': { nodejs: 24 },
        commands: [`dnf install --assumeyes --quiet postgresql${postgresMajor}`],
      },
      build,
    },
  };
}
