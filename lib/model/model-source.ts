import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, type Size } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { ENV, type ModelManifest } from '../../lambdas/shared/contract';
import { requireFitsPackage } from './model-size';

/** What is known at synth of a model that is loaded from S3. */
export interface ModelObjectOptions {
  /**
   * Size of the model, at most. With it, memory and `/tmp` that cannot hold the model are refused at synth.
   * @default - not known; the function says so when the model does not fit
   */
  readonly size?: Size;
}

/** How a pointer is followed. */
export interface ModelPointerOptions extends ModelObjectOptions {
  /**
   * How long an environment serves a model before it looks at the pointer again. The look is part of a request (one
   * conditional GET, some 15 ms), and so is the load when the pointer names another model.
   * @default Duration.seconds(60)
   */
  readonly checkInterval?: Duration;
}

/** Where the bytes of a model come from. */
export abstract class ModelSource {
  /**
   * Model-in-image: the file ships inside the function's code, so a version of the function is a version of the model.
   *
   * @param file path of the ONNX file
   */
  public static fromAsset(file: string): ModelSource {
    return new AssetSource(file);
  }

  /**
   * Model-load: the function loads this object when an environment starts, and refuses it when its hash differs.
   *
   * @param bucket the bucket; the function is granted to read this one key
   * @param key key of the ONNX object
   * @param sha256 hex SHA-256 of the object's bytes
   * @param options what is known of the object
   */
  public static fromBucket(
    bucket: IBucket,
    key: string,
    sha256: string,
    options: ModelObjectOptions = {},
  ): ModelSource {
    return new ObjectSource(bucket, key, sha256, options.size?.toBytes());
  }

  /**
   * Model-load by pointer: a small JSON object `{"key", "sha256", "version", "pair", "golden": {"key", "sha256"}}` names the
   * model in the same bucket and, if it likes, the pair that it is of and its golden cases. Writing another pointer releases another model without
   * a deployment. Inputs and outputs stay those of the card.
   *
   * @param bucket the bucket; the function is granted to read the pointer and everything under its prefix
   * @param pointerKey key of the pointer, in a folder that also holds the models it may name: `iris/current.json`
   * @param options how the pointer is followed
   */
  public static fromPointer(bucket: IBucket, pointerKey: string, options: ModelPointerOptions = {}): ModelSource {
    return new PointerSource(bucket, pointerKey, options);
  }

  /** @internal How the manifest names this source. */
  public abstract readonly _kind: ModelManifest['source'];
  /** @internal Hash that the loaded bytes must have; undefined where it is only known at run time. */
  public abstract readonly _sha256?: string;
  /** @internal The local file, for what ships with the code. */
  public readonly _file?: string;
  /** @internal Size of what the function loads into memory, if it is known. */
  public readonly _bytes?: number;

  /** @internal Environment of the function that loads the model. */
  public abstract _environment(): Record<string, string>;
  /** @internal Let the function read what it loads. */
  public abstract _grantRead(grantee: IGrantable): void;
}

class AssetSource extends ModelSource {
  public readonly _kind = 'asset';
  public readonly _sha256 = undefined;
  public override readonly _file: string;
  public override readonly _bytes: number;

  constructor(file: string) {
    super();
    if (!fs.existsSync(file)) throw new Error(`Model file not found: ${path.resolve(file)}`);
    this._file = file;
    this._bytes = fs.statSync(file).size;
    requireFitsPackage(file, this._bytes);
  }

  public _environment(): Record<string, string> {
    return {};
  }

  public _grantRead(): void {}
}

class ObjectSource extends ModelSource {
  public readonly _kind = 'object';

  constructor(
    private readonly bucket: IBucket,
    private readonly key: string,
    public readonly _sha256: string,
    public override readonly _bytes?: number,
  ) {
    super();
    requireKey(key);
    if (!/^[0-9a-f]{64}$/.test(_sha256)) {
      throw new Error(`sha256 must be 64 lower-case hex digits (sha256sum model.onnx); got ${JSON.stringify(_sha256)}`);
    }
  }

  public _environment(): Record<string, string> {
    return { [ENV.modelBucket]: this.bucket.bucketName, [ENV.modelKey]: this.key };
  }

  public _grantRead(grantee: IGrantable): void {
    grantGetObject(grantee, this.bucket, this.key);
  }
}

class PointerSource extends ModelSource {
  public readonly _kind = 'pointer';
  public readonly _sha256 = undefined;
  public override readonly _bytes?: number;
  private readonly checkMs: number;

  constructor(
    private readonly bucket: IBucket,
    private readonly key: string,
    { checkInterval = Duration.seconds(60), size }: ModelPointerOptions,
  ) {
    super();
    requireKey(key);
    this._bytes = size?.toBytes();
    this.checkMs = checkInterval.toMilliseconds();
    if (this.checkMs < 1000) {
      throw new Error(`checkInterval must be at least 1 second: every look is a request to S3; got ${this.checkMs} ms`);
    }
    if (!key.includes('/')) {
      throw new Error(
        `The pointer must lie in a folder of its own with the models it may name; got ${JSON.stringify(key)}`,
      );
    }
  }

  public _environment(): Record<string, string> {
    return {
      [ENV.modelBucket]: this.bucket.bucketName,
      [ENV.modelPointerKey]: this.key,
      [ENV.modelCheckMs]: `${this.checkMs}`,
    };
  }

  public _grantRead(grantee: IGrantable): void {
    grantGetObject(grantee, this.bucket, `${this.key.slice(0, this.key.lastIndexOf('/'))}/*`);
  }
}

/** `bucket.grantRead` would also allow to list the bucket and to read its settings. */
function grantGetObject(grantee: IGrantable, bucket: IBucket, keyPattern: string): void {
  Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(keyPattern)] });
  bucket.encryptionKey?.grantDecrypt(grantee);
}

function requireKey(key: string): void {
  // In the policy that lets the function read it, "*" and "?" would stand for other objects too.
  if (key === '' || key.startsWith('/') || /[*?]|\$\{(?!Token)/.test(key)) {
    throw new Error(
      `An S3 key must not be empty, start with "/" or hold "*", "?" or "\${"; got ${JSON.stringify(key)}`,
    );
  }
}
