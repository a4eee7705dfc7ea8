/** The audit's catalog as a policy-validation plugin of the CDK: what would fail the audit fails at synth. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { audit, type ReportedFinding } from '../../audit/audit-report.js';
import { CONTROLS } from '../../audit/catalog.js';
import { factsFromTemplates, toStackTemplate, withNested } from '../../audit/facts-from-templates.js';
import { type Control, SEVERITIES, type Severity } from '../../audit/model/control.js';
import { type Declared, NOTHING_DECLARED } from '../../audit/model/declared.js';
import { detailsOf, subjectOf } from '../../audit/report/sentences.js';
import { AUDIT_SCOPE } from '../../audit/scope.js';
import { type ControlFilter, selectControls } from '../../audit/select-controls.js';
import { parseWaivers } from '../../audit/waivers/read-waivers.js';
import { NO_WAIVERS, type Waivers } from '../../audit/waivers/waiver.js';
import type {
  ValidatedStack,
  ValidationContext,
  ValidationPlugin,
  ValidationReport,
  ValidationViolation,
  ViolatingResource,
} from '../shared/cdk-versions.js';

export interface HoldfastChecksProps extends ControlFilter {
  /**
   * Findings of this severity and worse fail the synthesis; those below are warnings.
   *
   * @default low, which is all of them
   */
  readonly failOn?: Severity;
  /**
   * A file of waivers, as `holdfast audit --waivers` takes it.
   *
   * @default none
   */
  readonly waivers?: string;
  /**
   * Whether waivers may name resources by a pattern.
   *
   * @default false
   */
  readonly wildcardWaivers?: boolean;
  /**
   * What to do with what cannot be told from a template, such as a policy that names a parameter: `warn` or `ignore`.
   * `holdfast audit` tells it from the deployed account.
   *
   * @default warn
   */
  readonly notEvaluated?: 'warn' | 'ignore';
  /**
   * What must exist: a declared resource that is missing fails.
   *
   * @default nothing
   */
  readonly declared?: Declared;
}

/**
 * Checks all stacks of an app together, so that references between them are followed:
 *
 *     Validations.of(app).addPlugins(new HoldfastChecks());
 *
 * A single finding is accepted with `Validations.of(bucket).acknowledge({ id: 'holdfast::s3-versioning', reason })`.
 *
 * Before version 2.255 of the CDK there is no `Validations`: an app is made with
 * `new App({ policyValidationBeta1: [new HoldfastChecks()] })`, and findings are accepted by `waivers`.
 */
export class HoldfastChecks implements ValidationPlugin {
  readonly name = 'holdfast';
  readonly ruleIds: string[];
  readonly #props: HoldfastChecksProps;
  readonly #controls: readonly Control[];
  readonly #waivers: Waivers;

  /** @throws HoldfastError USAGE for a control that does not exist, WAIVERS_INVALID */
  constructor(props: HoldfastChecksProps = {}) {
    this.#props = props;
    this.#controls = selectControls(CONTROLS, props).filter(({ evaluatedOn }) => evaluatedOn.includes('template'));
    // What is not read is a warning, too.
    this.ruleIds = [...this.#controls, AUDIT_SCOPE].map(({ id }) => id);
    this.#waivers =
      props.waivers === undefined
        ? NO_WAIVERS
        : parseWaivers(
            readFileSync(props.waivers, 'utf8'),
            props.waivers,
            CONTROLS.map(({ id }) => id),
            { wildcards: props.wildcardWaivers ?? false },
          );
  }

  validate(context: ValidationContext): ValidationReport {
    const { declared = NOTHING_DECLARED } = this.#props;
    const files = new Map<string, string>();
    const stacks = stacksOf(context).flatMap(({ stackConstructPath, templatePath, accountId, region }) => {
      const directory = dirname(templatePath);
      const place = {
        stack: stackConstructPath,
        file: basename(templatePath),
        ...(accountId !== undefined && { account: accountId }),
        ...(region !== undefined && { region }),
      };
      // With the stacks in it, which the CDK does not list.
      const all = withNested([toStackTemplate(JSON.parse(readFileSync(templatePath, 'utf8')), place)], { directory });
      for (const { stack, file = '' } of all) files.set(stack, join(directory, file));
      return all;
    });
    const report = audit([{ facts: factsFromTemplates(stacks, new Date()), declared }], {
      controls: this.#controls,
      catalog: CONTROLS,
      waivers: this.#waivers,
    });
    const violations = report.findings.flatMap((finding) => this.#violation(finding, files));
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }

  #violation(finding: ReportedFinding, files: ReadonlyMap<string, string>): ValidationViolation[] {
    const severity = this.#severityOf(finding);
    if (severity === undefined) return [];
    const { about, resource } = finding;
    return [
      {
        ruleName: about.id,
        description: [about.title, `${subjectOf(finding)}:`, ...detailsOf(finding)].join(' '),
        fix: about.remediation,
        severity,
        ruleMetadata: { severity: about.severity, ...referencesOf(about) },
        violatingResources: [violatingResource(resource, files)],
      },
    ];
  }

  /** Requirements that are opted out of by name are known and declared: they only warn. */
  #severityOf({ status, about, optedOut = false }: ReportedFinding): 'error' | 'warning' | undefined {
    const { failOn = 'low', notEvaluated = 'warn' } = this.#props;
    if (status === 'not-evaluated') return notEvaluated === 'warn' ? 'warning' : undefined;
    if (status !== 'fail') return undefined;
    const fails = SEVERITIES.indexOf(about.severity) <= SEVERITIES.indexOf(failOn);
    return fails && !optedOut ? 'error' : 'warning';
  }
}

/** Older versions of the CDK give only the templates' paths; the assembly around them gives the rest. */
function stacksOf({ stackTemplates = [], templatePaths }: ValidationContext): readonly ValidatedStack[] {
  return stackTemplates.length > 0 ? stackTemplates : templatePaths.map(stackOfTemplate);
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, { readonly displayName?: string; readonly environment?: string }>>;
}

function stackOfTemplate(templatePath: string): ValidatedStack {
  const id = basename(templatePath, '.template.json');
  const file = join(dirname(templatePath), 'manifest.json');
  const { artifacts }: Manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
  const { displayName, environment = '' } = artifacts?.[id] ?? {};
  const [, accountId, region] = /^aws:\/\/([^/]*)\/([^/]*)$/.exec(environment) ?? [];
  return {
    // `path (name)`, where a stack's name is not its path.
    stackConstructPath: displayName?.replace(/ \(.*\)$/, '') ?? id,
    templatePath,
    accountId: accountId !== undefined && /^\d{12}$/.test(accountId) ? accountId : undefined,
    region: region === undefined || region === 'unknown-region' ? undefined : region,
  };
}

/** Older versions of the CDK demand both; all of them take an empty string for no resource. */
function violatingResource(resource: string | undefined, files: ReadonlyMap<string, string>): ViolatingResource {
  if (resource === undefined) return { resourceLogicalId: '', templatePath: '', locations: [] };
  const slash = resource.lastIndexOf('/');
  const templatePath = files.get(resource.slice(0, slash)) ?? '';
  // Of a global table's replicas, the Region stands behind the logical id.
  const [resourceLogicalId = ''] = resource.slice(slash + 1).split('@');
  return { resourceLogicalId, templatePath, locations: [] };
}

function referencesOf({ references: { pci = [], soc2 = [] } }: Control): Record<string, string> {
  return {
    ...(pci.length > 0 && { 'PCI DSS 4.0.1': pci.join(', ') }),
    ...(soc2.length > 0 && { 'SOC 2': soc2.join(', ') }),
  };
}
