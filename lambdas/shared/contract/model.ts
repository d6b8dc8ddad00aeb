/** The model beside the handler. */

import type { ImageSpec, InputSpec, OutputSpec, WireTensor } from './tensors';
import type { CONTRACT_VERSION } from './version';

/** Folder in the function's code that holds the manifest, and the model where it ships with the code. */
export const MODEL_DIR = 'model';
export const MANIFEST_FILE = 'manifest.json';
export const MODEL_FILE = 'model.onnx';
/** Weights of a large model, which its graph beside it refers to. */
export const WEIGHTS_FILE = 'model.weights';
export const GOLDEN_FILE = 'golden.json';
/** Folder beside the manifest with artefacts of the model, each in a folder that is called after its CPU. */
export const OPTIMIZED_DIR = 'optimized';
/**
 * The CPUs that artefacts are for, by what of x86_64 decides what ONNX Runtime writes when it optimises: layouts of
 * convolutions are of 16 channels with AVX-512 and of 8 with AVX2. Other features choose kernels, and are written nowhere.
 */
export const OPTIMIZED_CPUS = ['avx2', 'avx2-avx512f'] as const;
export type OptimizedCpu = (typeof OPTIMIZED_CPUS)[number];

/** The user's code around the model, each in a folder of its name beside the manifest. */
export const HOOKS = ['preprocess', 'postprocess'] as const;
export type HookName = (typeof HOOKS)[number];
export const HOOK_FILE = 'index.mjs';
/** Folder of the user's code that makes tensors of tensors, in a function of its own. */
export const TRANSFORM = 'transform';

/** What the function knows of its model; written at synth from the model card. */
export interface ModelManifest {
  readonly v: typeof CONTRACT_VERSION;
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  /** `asset`: `model.onnx` beside this file; `object`: the S3 object of the environment; `pointer`: what the S3 pointer says. */
  readonly source: 'asset' | 'object' | 'pointer';
  /** Hex SHA-256 of the card's model; for `pointer` the one that golden.json belongs to: the pointer carries its own. */
  readonly sha256?: string;
  /** Where an asset's weights lie apart from its graph (`model.onnx`): hex SHA-256 of both files by name. */
  readonly parts?: Readonly<Record<string, string>>;
  /** By CPU: the files of an artefact that ONNX Runtime has optimised for it, with the hex SHA-256 of each. */
  readonly optimized?: Readonly<Partial<Record<OptimizedCpu, Readonly<Record<string, string>>>>>;
  readonly description: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly image?: ImageSpec;
  /** The hooks of `POST /predict` that there are. */
  readonly hooks?: readonly HookName[];
  /** Version of the pair that the model and its preprocessing must both be of. */
  readonly pair?: string;
  /** Of a function with the user's code that makes tensors of tensors: what it makes, and the pair that it is of. */
  readonly transform?: TransformManifest;
  /** Of a predictor that asks another one: the revision of that one which its own is made of. */
  readonly behind?: string;
  /** Of the front of a graph: what its revision is made of. */
  readonly graph?: GraphManifest;
}

export interface GraphManifest {
  /** Names what the state machine does. */
  readonly machine: string;
  /** Revisions of the steps, by name. */
  readonly steps: Readonly<Record<string, string>>;
}

export interface TransformManifest {
  readonly gives: readonly InputSpec[];
  readonly pair?: string;
}

/** JSON object in S3 that names the current model. Written last in a release, so that what it names exists. */
export interface ModelPointer {
  readonly key: string;
  readonly sha256: string;
  readonly version: string;
  /** Version of the pair that the model is of, `null` where it is of none; of a pointer that does not say the card's. */
  readonly pair?: string | null;
  /** Object with the model's golden cases (`Golden`), which it must pass wherever it is loaded. */
  readonly golden?: { readonly key: string; readonly sha256: string };
}

/** Inputs with the outputs they must give: the self-test of a release, and of a model loaded by pointer. */
export interface Golden {
  /** Largest absolute difference of a floating-point output. */
  readonly tolerance: number;
  readonly cases: readonly {
    readonly name: string;
    readonly inputs: readonly WireTensor[];
    readonly outputs: readonly WireTensor[];
  }[];
}
