import type { Construct, IConstruct } from 'constructs';
import { Asynchronous, Batch, type InferenceApi, MultipleStage, Synchronous, WebSingle } from '../index';

/** Version of the format of `serving.yaml`. */
export const TEMPLATE_VERSION = 1;

/** What the template needs of the construct of a pattern. */
export interface Service extends IConstruct {
  /** Its HTTP front, where it has one. */
  readonly api?: InferenceApi;
  /** Where it is asked: base that `/v2/...` is appended to; without a front the place in S3 that it reads. */
  readonly url: string;
  readonly modelName: string;
}

export interface Pattern {
  /** The construct; its props are the keys of an entry. */
  readonly construct: new (
    scope: Construct,
    id: string,
    props: never,
  ) => Service;
  /** Props that an entry must have although the construct has another way, one that cannot be written in YAML. */
  readonly required?: readonly string[];
}

/** Every `pattern` of `serving.yaml`. The schema is generated from this table and services are built from it. */
export const PATTERNS: Readonly<Record<string, Pattern>> = {
  asynchronous: { construct: Asynchronous, required: ['model'] },
  batch: { construct: Batch },
  'multiple-stage': { construct: MultipleStage, required: ['model', 'fast'] },
  synchronous: { construct: Synchronous, required: ['model'] },
  'web-single': { construct: WebSingle },
};

/** Props that the builder gives: the service's key is its name. */
export const GIVEN_PROPS: readonly string[] = ['serviceName'];
