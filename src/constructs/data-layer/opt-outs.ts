/**
 * Requirements that a team may give up, each by its name and with a reason. Whatever is given up is recorded in the
 * template's metadata (`Holdfast.optOuts`), where the audit finds it.
 */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { OptOut } from '../../config/sections/data-layer-opt-outs.js';
import { HoldfastError } from '../../core/errors.js';

/** Reasons by the name of what is given up; the names are those of the audit's controls where there is one. */
export type OptOutReasons = Readonly<Partial<Record<OptOut, string>>>;

/** One line of `Holdfast.optOuts` in a template's metadata. */
export interface RecordedOptOut {
  readonly control: OptOut;
  /** Path of the construct that does without it. */
  readonly resource: string;
  /** What is built in place of the requirement. */
  readonly instead: string;
  readonly reason: string;
}

/**
 * Says that a construct does without a requirement.
 *
 * @param instead what is built in its place, with the value, for example `deletionProtection: false`
 * @throws HoldfastError CONFIG_INVALID when no reason is given for it
 */
export function requireOptOut(scope: IConstruct, reasons: OptOutReasons | undefined, control: OptOut, instead: string) {
  const reason = reasons?.[control]?.trim();
  if (!reason) {
    throw new HoldfastError('CONFIG_INVALID', `${scope.node.path}: ${instead} gives up the requirement ${control}.`, {
      hint: `Keep the default, or say why under optOuts: { '${control}': 'the reason' }. The audit reports it.`,
    });
  }
  const { templateOptions } = Stack.of(scope);
  const optOuts = [...recordedOptOuts(scope), { control, resource: scope.node.path, instead, reason }];
  templateOptions.metadata = { ...templateOptions.metadata, Holdfast: { optOuts } };
}

/** What the stack of a construct gives up so far. */
export function recordedOptOuts(scope: IConstruct): readonly RecordedOptOut[] {
  const metadata = Stack.of(scope).templateOptions.metadata as
    { Holdfast?: { optOuts?: readonly RecordedOptOut[] } } | undefined;
  return metadata?.Holdfast?.optOuts ?? [];
}
