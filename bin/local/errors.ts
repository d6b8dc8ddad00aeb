/** A failure that the user can do something about: shown as it is, without a stack trace, followed by the way out. */
export class LocalRunError extends Error {
  /** Text the tool that failed has written, shown as it is. */
  readonly detail?: string;
  /** What to do about it. */
  readonly hint?: string;

  constructor(message: string, more: { readonly detail?: string; readonly hint?: string } = {}) {
    super(message);
    this.name = 'LocalRunError';
    this.detail = more.detail;
    this.hint = more.hint;
  }
}

/** Wrong arguments or a configuration file that is not there (exit code 2). */
export class UsageError extends LocalRunError {}
