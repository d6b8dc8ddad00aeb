/** Where a command writes: progress and messages to `err`, results to `out`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Width of the output; absent when it is not a terminal. */
  readonly columns?: number;
  /** Whether a line of progress may be written over. */
  readonly interactive: boolean;
}

/** What a step may say while it works. */
export interface StepNotes {
  /** Says that something long begins, so that nobody wonders; on paper too, where steps are else shown at their end. */
  begin(text: string): void;
  /** Replaces the text the step ends with. */
  outcome(text: string): void;
  /** A line of its own under the step. */
  line(text: string): void;
}

/** One line per step, with the time it took. */
export class Progress {
  constructor(private readonly terminal: Terminal) {}

  async step<T>(label: string, work: (notes: StepNotes) => Promise<T>): Promise<T> {
    const started = Date.now();
    let ending = label;
    let shown = label;
    this.pending(shown);
    try {
      const result = await work({
        begin: (text) => {
          shown = `${label}: ${text}`;
          this.clear();
          if (this.terminal.interactive) {
            this.pending(shown);
          } else {
            this.terminal.err(`  … ${shown}\n`);
          }
        },
        outcome: (text) => {
          ending = text;
        },
        line: (text) => {
          this.clear();
          this.terminal.err(`    ${text}\n`);
          this.pending(shown);
        },
      });
      this.clear();
      this.terminal.err(`  ✓ ${ending} (${seconds(Date.now() - started)})\n`);
      return result;
    } catch (error) {
      this.clear();
      this.terminal.err(`  ✗ ${label} (${seconds(Date.now() - started)})\n`);
      throw error;
    }
  }

  private pending(label: string): void {
    if (this.terminal.interactive) {
      this.terminal.err(`  … ${label}`);
    }
  }

  private clear(): void {
    if (this.terminal.interactive) {
      this.terminal.err('\r\x1b[K');
    }
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
