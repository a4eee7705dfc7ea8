/** What a build does: `node holdfast.mjs backup NAME`, where PostgreSQL's client programs are. */

/** The machine image of a build. */
export interface BuildImage {
  /** `aws/codebuild/…`, or an image in ECR. */
  readonly uri: string;
  /** Whether it is an image other than CodeBuild's own: then the client programs are in it. */
  readonly own: boolean;
  /**
   * User in it that needs no rights, and has a home below /home. @default it is not known to have one: the image's own
   */
  readonly user?: string;
  /** File in it with the authorities of RDS. @default it is not known to have one */
  readonly authorities?: string;
}

/** Where docker/backup-worker/Dockerfile puts the authorities of RDS. */
export const RDS_AUTHORITIES = '/etc/ssl/rds/global-bundle.pem';

/** The user that docker/backup-worker/Dockerfile adds. */
export const WORKER_USER = 'holdfast';

/** Amazon Linux 2023, with PostgreSQL's client programs among its packages. */
export const CODEBUILD_IMAGE: BuildImage = { uri: 'aws/codebuild/amazonlinux-x86_64-standard:5.0', own: false };

/** The project's source holds nothing but `holdfast.mjs` and certificates: no code comes from the network. */
export function buildSpec(database: string, image: BuildImage, postgresMajor: number): object {
  // Database names contain nothing that a shell would interpret, and cannot begin with a hyphen.
  const command = `node holdfast.mjs backup ${database}`;
  if (image.user !== undefined) {
    // libpq refuses a TLS connection when it may not look for certificates in the home, and root's could still be
    // named.
    const build = { commands: [`HOME=/home/${image.user} ${command}`] };
    return { version: '0.2', 'run-as': image.user, phases: { build } };
  }
  const build = { commands: [command] };
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
