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
  readonly logs: Reading<{ readonly enabled: boolean; readonly group?: string }>;
  readonly logGroup: Reading<{ readonly kmsKeyId?: string; readonly retentionDays?: number } | undefined>;
  readonly roleArn: Reading<string>;
}
