/** A control: one requirement, as metadata and one pure function over facts. */
import type { Declared } from './declared.js';
import type { FactKind, FactOf, Facts, FactSource } from './facts.js';

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface FrameworkReferences {
  /** Requirements of PCI DSS v4.0.1: `3.7.4`. */
  readonly pci?: readonly string[];
  /** SOC 2 trust services criteria: `CC6.1`. */
  readonly soc2?: readonly string[];
  /** Controls of NIST SP 800-53 Rev. 5: `SC-28(1)`. */
  readonly nist?: readonly string[];
  /** Recommendations of the CIS AWS Foundations Benchmark, v5.0.0: `2.2.1`. */
  readonly cis?: readonly string[];
  /** Controls of ISO/IEC 27001:2022, Annex A: `A.8.24`. */
  readonly iso?: readonly string[];
  /** Lines of the runbook: `7.1 Aurora Encrypt`, `2.1`. */
  readonly runbook?: readonly string[];
  /** Checks of other tools for the same: `SH KMS.4` of AWS Security Hub (FSBP), `CKV_AWS_7`. */
  readonly knownAs?: readonly string[];
}

/** What a control's function may look at besides the one resource. */
export interface ControlContext {
  readonly facts: Facts;
  /** What the config declares; without a config, nothing. */
  readonly declared: Declared;
  /** What a template accepts of itself does not count. */
  readonly refusesAcceptance?: boolean;
}

export interface Control<K extends FactKind = FactKind> {
  /** Also the name of its file, if it has one of its own. */
  readonly id: string;
  /** What it asserts, as a sentence. */
  readonly title: string;
  readonly severity: Severity;
  readonly references: FrameworkReferences;
  /** What to change, as an instruction. */
  readonly remediation: string;
  readonly evaluatedOn: readonly FactSource[];
  /** The kind of resources that it checks. */
  readonly kind: K;
  /**
   * Which of them it concerns; without it, all.
   *
   * @throws UnknownReading where that cannot be determined: the resource is then not evaluated
   */
  concerns?(resource: FactOf<K>, context: ControlContext): boolean;
  /**
   * Why this resource cannot meet the requirement at all: it is then not checked, but reported as waived with the
   * reason.
   *
   * @throws UnknownReading
   */
  exempts?(resource: FactOf<K>): string | undefined;
  /** The names of resources that must exist, by what the config declares: those missing fail. */
  readonly expects?: (declared: Declared, source: FactSource) => readonly string[];
  /**
   * Yields one sentence for each thing that is wrong. What it yields before it meets an unknown reading stands: a
   * known fault outweighs what is not known.
   *
   * @throws UnknownReading
   */
  check(resource: FactOf<K>, context: ControlContext): Iterable<string>;
}

/** Gives a control that has a file of its own its types; the service's list takes it by `define`. */
export function defineControl<K extends FactKind>(control: Control<K>): Control<K> {
  return control;
}

/** The controls of one service: what is defined through `define` is in the list, so that none can be forgotten. */
export interface ControlList {
  /** In the order of their definitions. */
  readonly controls: readonly Control[];
  readonly define: <K extends FactKind>(control: Control<K>) => Control<K>;
}

export function controlList(): ControlList {
  const controls: Control[] = [];
  return {
    controls,
    define: (control) => {
      controls.push(control);
      return control;
    },
  };
}
