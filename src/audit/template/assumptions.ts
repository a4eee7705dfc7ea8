/** What an audit assumes of values that only a deployment gives, to look at each way that a template can turn out. */
import type { Question } from '../model/reading.js';

interface Assumed {
  readonly is?: string;
  readonly isNot: readonly string[];
}

export class Assumptions {
  readonly #byExpression: ReadonlyMap<string, Assumed>;

  private constructor(byExpression: ReadonlyMap<string, Assumed>) {
    this.#byExpression = byExpression;
  }

  static readonly NONE = new Assumptions(new Map());

  with(question: Question, answer: boolean): Assumptions {
    const key = keyOf(question);
    const before = this.#byExpression.get(key) ?? { isNot: [] };
    const now = answer ? { ...before, is: question.value } : { ...before, isNot: [...before.isNot, question.value] };
    return new Assumptions(new Map(this.#byExpression).set(key, now));
  }

  /**
   * The answer, as far as the assumptions give one.
   *
   * @param allowed all values that the expression can have, where they are known
   */
  answerTo(question: Question, allowed?: readonly string[]): boolean | undefined {
    const { is, isNot } = this.#byExpression.get(keyOf(question)) ?? { isNot: [] };
    if (is !== undefined) return is === question.value;
    if (isNot.includes(question.value) || (allowed && !allowed.includes(question.value))) return false;
    return allowed?.filter((value) => !isNot.includes(value)).length === 1 ? true : undefined;
  }
}

function keyOf({ stack, expression }: Question): string {
  return `${stack} ${expression}`;
}
