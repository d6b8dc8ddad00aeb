/** Jobs that several models answer: what the front, the worker of each model and who gathers agree on. */

import type { Aggregate, TensorSource } from './graph';

/** What the functions of one of the models are told of their part: JSON in `JOB_ENV.member`. */
export interface MemberSettings {
  /** Its name among the models of the job. */
  readonly name: string;
  /** Name of its model, for logs. */
  readonly model: string;
  /** Whether its failure ends the job at once. */
  readonly endsAll: boolean;
  /** The names of all of them. */
  readonly all: readonly string[];
  /** Which tensor of the request an input is, where it has another name. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** How the answers of the models become one; a file beside the handler that gathers. */
export interface FanOutSpec {
  readonly members: readonly FanOutMember[];
  /** How many must have answered. */
  readonly quorum: number;
  readonly aggregates: Readonly<Record<string, Aggregate>>;
  /** Where the outputs of the whole come from. */
  readonly outputs: Readonly<Record<string, TensorSource>>;
}

export interface FanOutMember {
  readonly name: string;
  /** Whether the job fails without it. */
  readonly isHard: boolean;
  /** Whether it does so at once. */
  readonly endsAll: boolean;
}

export const FAN_OUT_FILE = 'fan-out.json';

/** Folder beside the worker of one model that holds the manifest of the whole: requests are written for that. */
export const WHOLE_DIR = 'whole';
