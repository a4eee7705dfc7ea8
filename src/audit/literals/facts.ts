/** What stands in a template in the place of a secret. Templates only: of an account, their text is not read. */
import type { ResourceFact } from '../model/facts.js';
import type { ListReading } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly literals: LiteralsFact;
  }
}

/** A resource, or the parameters of a stack, with the places that hold a secret or may hold one. */
export interface LiteralsFact extends ResourceFact {
  readonly secrets: ListReading<Literal>;
}

export interface Literal {
  /** `MasterUserPassword`, `Environment.Variables.DB_PASSWORD`. */
  readonly where: string;
  /**
   * - `literal`: the template has the value.
   * - `default`: a parameter has it as its default.
   * - `shown`: a parameter without NoEcho gives it, so that everyone who may describe the stack reads it.
   * - `reference`: what stands there says where the value is.
   */
  readonly is: 'literal' | 'default' | 'shown' | 'reference';
}
