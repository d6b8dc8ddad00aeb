import type { Terminal } from '../../bin/local/progress';

/** A terminal that keeps what is written. */
export class RecordedTerminal implements Terminal {
  readonly interactive: boolean;
  stdout = '';
  stderr = '';

  constructor(
    readonly columns?: number,
    interactive = false,
  ) {
    this.interactive = interactive;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }
}
