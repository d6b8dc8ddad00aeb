import { Stack, Token } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventField, type IRuleTarget, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunctionConstruct, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { StoreSettings } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { grantObjects } from '../jobs/grant-objects';

/** How the items of a table are found. */
export interface TableStoreOptions {
  /**
   * Name of the table's partition key, which is the id. The table has no sort key.
   * @default 'id'
   */
  readonly key?: string;
  /**
   * Whether the key is a number, and ids are INT64; otherwise they are text.
   * @default false
   */
  readonly numericKey?: boolean;
}

/** How the objects of a bucket are found. */
export interface BucketStoreOptions {
  /**
   * What keys begin with.
   * @default - nothing
   */
  readonly prefix?: string;
  /**
   * What keys end with. Between prefix and suffix is the id, percent-encoded.
   * @default '.json'
   */
  readonly suffix?: string;
}

/** Where the data are that the inputs of a model are made from, by id. */
export abstract class DataStore {
  /**
   * The items of a table. To have a cache filled from it (`prepared`) the table needs a stream.
   *
   * @param table the table; functions are granted to read it
   * @param options how its items are found
   */
  public static table(table: ITable, options: TableStoreOptions = {}): DataStore {
    return new TableDataStore(table, options);
  }

  /**
   * JSON objects in a bucket, one for each id. To have a cache filled from it (`prepared`) the bucket needs its events
   * sent to EventBridge.
   *
   * @param bucket the bucket; functions are granted to read the objects
   * @param options how its objects are found
   */
  public static bucket(bucket: IBucket, options: BucketStoreOptions = {}): DataStore {
    return new BucketDataStore(bucket, options);
  }

  /**
   * What another service answers to a GET: a JSON object, or 404 for an id that it does not know.
   *
   * @param url address with `{id}` where the id goes: `https://users.example.org/v1/users/{id}`
   */
  public static http(url: string): DataStore {
    return new HttpDataStore(url);
  }

  /** @internal Whether ids are numbers. */
  public readonly _numericId: boolean = false;
  /** @internal Whether all of it can be read without knowing the ids. */
  public readonly _listable: boolean = true;

  /** @internal */
  public abstract _settings(): StoreSettings;
  /** @internal Let a function read records by id. */
  public abstract _grantRead(grantee: IGrantable): void;
  /** @internal Let a function read all records. */
  public abstract _grantList(grantee: IGrantable): void;
  /** @internal Have a function told of every change. */
  public abstract _tell(scope: Construct, filler: LambdaFunctionConstruct): void;
}

class TableDataStore extends DataStore {
  public override readonly _numericId: boolean;

  constructor(
    private readonly table: ITable,
    private readonly options: TableStoreOptions,
  ) {
    super();
    this._numericId = options.numericKey ?? false;
  }

  public _settings(): StoreSettings {
    const { key = 'id', numericKey: numeric = false } = this.options;
    return { kind: 'table', table: this.table.tableName, key, numeric };
  }

  public _grantRead(grantee: IGrantable): void {
    this.table.grant(grantee, 'dynamodb:BatchGetItem');
    this.table.encryptionKey?.grantDecrypt(grantee);
  }

  public _grantList(grantee: IGrantable): void {
    this.table.grant(grantee, 'dynamodb:Scan');
  }

  public _tell(_: Construct, filler: LambdaFunctionConstruct): void {
    if (!this.table.tableStreamArn) {
      throw new Error('store must have a stream with prepared: make the table with StreamViewType.KEYS_ONLY');
    }
    filler.addEventSource(
      new DynamoEventSource(this.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        retryAttempts: 10,
        bisectBatchOnError: true,
      }),
    );
  }
}

class BucketDataStore extends DataStore {
  private readonly prefix: string;
  private readonly suffix: string;

  constructor(
    private readonly source: IBucket,
    { prefix = '', suffix = '.json' }: BucketStoreOptions,
  ) {
    super();
    // In the policy that lets functions read, "*" and "?" would stand for other objects too.
    for (const [name, value] of Object.entries({ prefix, suffix })) {
      if (/[*?]/.test(value)) throw new Error(`${name} must not hold "*" or "?"; got ${JSON.stringify(value)}`);
    }
    this.prefix = prefix;
    this.suffix = suffix;
  }

  public _settings(): StoreSettings {
    return { kind: 'bucket', bucket: this.source.bucketName, prefix: this.prefix, suffix: this.suffix };
  }

  public _grantRead(grantee: IGrantable): void {
    grantObjects(grantee, 's3:GetObject', this.source, [this.prefix]);
    // Without it S3 says 403 for what is not there, as for what may not be read.
    this._grantList(grantee);
    this.source.encryptionKey?.grantDecrypt(grantee);
  }

  public _grantList(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.source.bucketArn] });
  }

  public _tell(scope: Construct, filler: LambdaFunctionConstruct): void {
    const rule = new Rule(scope, 'Changes', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created', 'Object Deleted'],
        detail: {
          bucket: { name: [this.source.bucketName] },
          ...(this.prefix && { object: { key: [{ prefix: this.prefix }] } }),
        },
      },
      targets: [told(filler)],
    });
    acknowledge(rule, 'fillRule');
  }
}

/** What of an event says which object it is about. */
function told(filler: LambdaFunctionConstruct): IRuleTarget {
  return new LambdaFunction(filler, {
    retryAttempts: 3,
    event: RuleTargetInput.fromObject({
      'detail-type': EventField.detailType,
      detail: { object: { key: EventField.fromPath('$.detail.object.key') } },
    }),
  });
}

class HttpDataStore extends DataStore {
  public override readonly _listable: boolean = false;

  constructor(private readonly url: string) {
    super();
    if (!Token.isUnresolved(url)) requireHttpsWithId(url);
  }

  public _settings(): StoreSettings {
    return { kind: 'http', url: this.url };
  }

  public _grantRead(): void {}
  public _grantList(): void {}

  public _tell(): void {
    throw new Error('prepared must not be given with DataStore.http: nobody tells of changes there');
  }
}

/** An id is never part of who is asked: only of the path, or of what comes after it. */
function requireHttpsWithId(url: string): void {
  const [one, other] = ['one', 'other'].map((id) => {
    const address = url.replaceAll('{id}', id);
    return /[\s{}]/.test(address) || !URL.canParse(address) ? undefined : new URL(address);
  });
  const isLegal =
    one?.protocol === 'https:' &&
    one.origin === other?.origin &&
    `${one.username}${one.password}${one.hash}` === '' &&
    one.href !== other.href;
  if (isLegal) return;
  throw new Error(
    `url must be an https address with {id} in its path, without a name and password; got ${JSON.stringify(url)}`,
  );
}

/** @internal Settings as text, with the names that are only known when the stack is deployed. */
export function settingsText(scope: Construct, settings: object): string {
  return Stack.of(scope).toJsonString(settings);
}
