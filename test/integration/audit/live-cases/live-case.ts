/** One setting of a deployed account, and the one control that notices when it is changed. */
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import type { FactKind } from '../../../../src/audit/model/facts.js';
import type { ObjectStore } from '../../../../src/vault/object-store.js';

/** What a case may change: the account through AWS's API, and which vault is looked at. */
export interface Surroundings {
  readonly aws: AuditClients;
  readonly account: string;
  vault: ObjectStore;
}

/** Puts the setting back. */
export type Mend = () => Promise<unknown>;

export interface LiveCase {
  readonly control: string;
  /** The account of the data layer, or that of the vault. @default source */
  readonly place?: 'source' | 'vault';
  /** The names of what fails, which passed before or was not there. */
  readonly fails: readonly string[];
  /** What the control says. */
  readonly says: string | RegExp;
  /** What has to be read again besides the control's own kind. */
  readonly reads?: readonly FactKind[];
  /**
   * Which call the emulator lacks, or answers as AWS does not. The response is then a recorded one, which reaches the
   * reader as the SDK gives it.
   */
  readonly recorded?: string;
  readonly break: (surroundings: Surroundings) => Promise<Mend>;
}

interface Result {
  readonly output: object;
}
type Handler = (args: object) => Promise<Result>;

/**
 * Replaces the answers to one operation by what AWS would have answered.
 *
 * @param operation the command's name: `DescribeDBClustersCommand`
 * @param change takes what the emulator answered, or nothing where it knows no such operation
 */
export function answering<Output extends object>(
  client: {
    readonly middlewareStack: { add(middleware: never, options: object): void; remove(name: string): boolean };
  },
  operation: string,
  change: (answer: Output | undefined, input: Readonly<Record<string, unknown>>) => Output,
): Mend {
  const middleware =
    (next: Handler, context: { readonly commandName?: string }) =>
    async (args: { readonly input: Readonly<Record<string, unknown>> }): Promise<Result> => {
      if (context.commandName !== operation) return next(args);
      const result = await next(args).catch(() => undefined);
      const recorded = { $metadata: { requestId: 'recorded', attempts: 1 } };
      return { ...result, output: { ...recorded, ...change(result?.output as Output | undefined, args.input) } };
    };
  client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'recorded' });
  return () => Promise.resolve(client.middlewareStack.remove('recorded'));
}
