/** Between the CDK's toolkit and our terminal: its messages become progress, warnings and questions of ours. */
import type { IIoHost, IoMessage, IoRequest, StackActivity } from '@aws-cdk/toolkit-lib';
import { stripVTControlCharacters } from 'node:util';
import type { StackProblem } from '../../core/error-details.js';
import { HoldfastError } from '../../core/errors.js';
import type { Session } from '../session.js';
import { printable, printableLine } from '../../core/printable.js';
import { askApproval, needsApproval, type ApprovalLevel, type PermissionChange } from './approval.js';

export interface ToolkitHostOptions {
  readonly session: Session;
  /** The stack that is worked on. */
  readonly stack: string;
  /** @default 'never' */
  readonly approval?: ApprovalLevel;
}

/** Its codes are a documented registry; texts may change. */
const STACK_ACTIVITY = 'CDK_TOOLKIT_I5502';
const DIFFERENCE = 'CDK_TOOLKIT_I4002';
const DEPLOYED = 'CDK_TOOLKIT_I5900';
const APPROVE_DEPLOYMENT = 'CDK_TOOLKIT_I5060';
const APPROVE_ROLLBACK = 'CDK_TOOLKIT_I5050';

/** What CloudFormation says of all that it drops because something else failed. */
const CONSEQUENCE = /cancelled|was not successfully|rollback requested/i;

export class ToolkitHost implements IIoHost {
  /** Why resources failed, the cause first: `VaultBucket (AWS::S3::Bucket): …`. */
  readonly failures: StackProblem[] = [];
  /** Whether the deployment found nothing to do. */
  unchanged = false;
  /** What a comparison found. */
  difference: { readonly permissions: PermissionChange; readonly text: string } = { permissions: 'none', text: '' };
  /** Why a question was answered with no: more than the toolkit's own error tells. */
  refusal: HoldfastError | undefined;
  readonly #options: ToolkitHostOptions;

  constructor(options: ToolkitHostOptions) {
    this.#options = options;
  }

  notify(message: IoMessage<unknown>): Promise<void> {
    const { logger } = this.#options.session;
    const { action, code, level, data } = message;
    const text = plain(message.message);
    if (code === STACK_ACTIVITY) this.#show(data as StackActivity);
    else if (code === DEPLOYED) this.unchanged = (data as { readonly noOp?: boolean }).noOp === true;
    else if (code === DIFFERENCE) this.difference = differenceOf(message);
    else if (text === '') return Promise.resolve();
    // While comparing it warns of what would have to be approved, which the comparison says.
    else if (level === 'warn' && action !== 'diff') logger.warn(text);
    else if (level !== 'trace') logger.debug(text);
    return Promise.resolve();
  }

  async requestResponse<T>(request: IoRequest<unknown, T>): Promise<T> {
    // Every answer that we give is the boolean of a confirmation; for the rest the toolkit's own default is taken.
    if (request.code === APPROVE_DEPLOYMENT) return (await this.#approve(request)) as T;
    if (request.code === APPROVE_ROLLBACK) return true as T;
    return request.defaultResponse;
  }

  async #approve({ data, message }: IoRequest<unknown, unknown>): Promise<boolean> {
    const { session, stack, approval = 'never' } = this.#options;
    const { permissionChangeType } = data as { readonly permissionChangeType: PermissionChange };
    if (!needsApproval(approval, permissionChangeType)) return true;
    session.progress.stop();
    try {
      // The last paragraph is the toolkit's own question.
      await askApproval(session, stack, printableInColor(message.slice(0, Math.max(0, message.lastIndexOf('\n\n')))));
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.refusal = error;
      return false;
    }
    session.progress.start(1);
    return true;
  }

  #show({ event, progress }: StackActivity): void {
    const { session, stack } = this.#options;
    const { LogicalResourceId: id = '', ResourceType: type = '', ResourceStatus: status = '' } = event;
    const reason = event.ResourceStatusReason ?? '';
    const settled = /_(COMPLETE|FAILED)$/.test(status);
    // A log is read afterwards: what only begins is of no interest there.
    if (settled || session.progress.interactive) {
      const total = progress.total === undefined ? '' : ` of ${progress.total}`;
      const verb = status.toLowerCase().replaceAll('_', ' ');
      session.progress.begin(stack, printableLine(`${progress.completed}${total}  ${id} (${type}) ${verb}`));
    }
    if (!status.endsWith('_FAILED')) return;
    const line = printable(`${id} (${type}): ${reason}`);
    if (CONSEQUENCE.test(reason)) return session.logger.debug(line);
    this.failures.push({ stack, resource: id, message: line });
    session.logger.warn(`${stack}: ${line}`);
  }
}

function differenceOf({ message, data }: IoMessage<unknown>): ToolkitHost['difference'] {
  const { permissionChanges } = data as { readonly permissionChanges: PermissionChange };
  return { permissions: permissionChanges, text: printableInColor(message.trim()) };
}

/** The toolkit's own colors stay; what a template holds does not steer the terminal. */
function printableInColor(text: string): string {
  const parts = text.split(/(\u001b\[[\d;]*m)/);
  return parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join('');
}

function plain(text: string): string {
  return stripVTControlCharacters(text).trim();
}
