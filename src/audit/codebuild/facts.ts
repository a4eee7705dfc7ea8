/** CodeBuild projects, as both sources describe them. */
import type { ResourceFact } from '../model/facts.js';
import type { Reading } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly codeBuildProjects: CodeBuildProjectFact;
  }
}

export interface CodeBuildProjectFact extends ResourceFact {
  readonly environment: Reading<readonly { readonly name: string; readonly type: string; readonly value: string }[]>;
  readonly privileged: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  /** Whether everyone can read its builds, with their logs and artifacts. */
  readonly publicBuilds: Reading<boolean>;
  /** Where its sources are: the main one and those besides. */
  readonly sources: Reading<
    readonly { readonly type: string; readonly location?: string; readonly insecureTls: boolean }[]
  >;
  /** Its text, or the path of its file in the source. */
  readonly buildSpec: Reading<string | undefined>;
  /** Those to CloudWatch, and whether there are some in S3. */
  readonly logs: Reading<{
    readonly enabled: boolean;
    readonly group?: string;
    readonly toS3?: 'encrypted' | 'not encrypted';
  }>;
  readonly logGroup: Reading<{ readonly kmsKeyId?: string; readonly retentionDays?: number } | undefined>;
  readonly roleArn: Reading<string>;
}
