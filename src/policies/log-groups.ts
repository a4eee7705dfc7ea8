import { projectName } from './names.js';

/** The log group of a database's builds: the one that CodeBuild uses by default. */
export function logGroupName(environment: string, database: string): string {
  return `/aws/codebuild/${projectName(environment, database)}`;
}
