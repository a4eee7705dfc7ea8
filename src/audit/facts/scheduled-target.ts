/**
 * What a schedule starts. EventBridge's universal target `aws-sdk:codebuild:startBuild` names the project in its input
 * alone; it becomes `project/<name>`, as a project's ARN ends.
 */
export function scheduledTarget(arn: string, input: string | undefined): string {
  if (!/^arn:[^:]+:scheduler:::aws-sdk:codebuild:startBuild$/.test(arn)) return arn;
  const parsed = parse(input);
  return typeof parsed === 'object' &&
    parsed !== null &&
    'ProjectName' in parsed &&
    typeof parsed.ProjectName === 'string'
    ? `project/${parsed.ProjectName}`
    : '';
}

function parse(input: string | undefined): unknown {
  try {
    return JSON.parse(input ?? '{}');
  } catch {
    // EventBridge takes any text; one that is no JSON starts no build.
    return undefined;
  }
}
