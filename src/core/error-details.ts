/**
 * What an error says as data beside its message, by its code: `--json` shows it as `details`. What the message joins
 * into a text for people is a list here. As messages, none of it holds a secret.
 */
import { showPath, type Path } from './show-path.js';

/** The codes that carry data; where it may be undefined, some errors of that code have nothing to list. */
export interface ErrorDetails {
  readonly CONFIG_INVALID: Problems<ConfigProblem> | undefined;
  readonly WAIVERS_INVALID: Problems<ConfigProblem> | undefined;
  readonly BASELINE_INVALID: Problems<ConfigProblem> | undefined;
  readonly PREFLIGHT_FAILED: Problems<PreflightFinding>;
  readonly SESSION_UNSAFE: Problems<ForeignCode> | undefined;
  readonly TARGET_UNSAFE: Problems<ForeignCode>;
  readonly TARGET_NOT_EMPTY: Problems<ObjectsInTheWay>;
  readonly TARGET_COLLISION: Problems<ObjectsInTheWay>;
  readonly TARGET_LACKS: Problems<ProblemText>;
  readonly SYNTH_FAILED: Problems<StackProblem> | undefined;
  readonly DEPLOY_FAILED: Problems<StackProblem> | undefined;
  readonly RESOURCES_EXIST: Problems<StackProblem>;
  readonly DATA_AT_RISK: Problems<StackProblem>;
}

export interface Problems<Problem extends ProblemText> {
  /** All of them, where the message shows the first few only. */
  readonly problems: readonly Problem[];
}

export interface ProblemText {
  /** For people, without where it was found. */
  readonly message: string;
}

/** Of a file that was given. */
export interface ConfigProblem extends ProblemText {
  /** Where in the file, as the file spells it: `databases[0].port`. */
  readonly path: string | null;
  /** Counted from 1. */
  readonly line: number | null;
}

/** What a schema found wrong in a document that has no lines. */
export function issueProblems(
  issues: readonly { readonly path: Path; readonly message: string }[],
): Problems<ConfigProblem> {
  return {
    problems: issues.map(({ path, message }) => ({
      path: path.length === 0 ? null : showPath(path),
      line: null,
      message,
    })),
  };
}

/** What would make a dump or a restore fail, found before it began. */
export interface PreflightFinding extends ProblemText {
  /** `unreadable-table`, `missing-role` … */
  readonly kind: string;
  /** Their names: the first ten of what a dump needs, all of what a target refuses. */
  readonly objects: readonly string[];
  readonly total: number;
  /** SQL that fixes it; null where SQL does not. */
  readonly remedy: string | null;
  /** The option that leaves it out, of what a target refuses; null where none does. */
  readonly option?: string | null;
}

/** Code in a database that would run with our rights, though another role owns it. */
export interface ForeignCode extends ProblemText {
  /** `trigger`, `event trigger`, `function` … */
  readonly kind: string;
  readonly name: string;
  readonly owner: string;
  /** The function that it calls, where it is none itself. */
  readonly calls: string | null;
}

/** What a target has already. */
export interface ObjectsInTheWay extends ProblemText {
  /** In the singular: `table`, `database` … */
  readonly kind: string;
  /** The first few. */
  readonly names: readonly string[];
  readonly total: number;
}

/** Of what the CDK or CloudFormation says. */
export interface StackProblem extends ProblemText {
  readonly stack: string;
  /** The construct or the logical id. */
  readonly resource: string;
}
