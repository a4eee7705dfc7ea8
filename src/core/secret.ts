import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A string that prints as `[redacted]` everywhere: templates, JSON, `console.log`, error reports. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value. Call it only where the value is handed to its destination. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
