import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CachedData, CacheStrategy, CacheTable, DataCache, DataStore, Model, PredictionCache } from '../../lib';

/** Every cache, with every option that one has. */
export function addMaximalCaches(stack: Stack): void {
  const iris = Model.fromAsset('models/iris');
  const encryptionKey = new Key(stack, 'Key');
  const kept = {
    ttl: Duration.hours(2),
    cacheTimeout: Duration.millis(300),
    memorySize: Size.mebibytes(16),
    memoryTtl: Duration.seconds(5),
    encryptionKey,
  };
  new PredictionCache(stack, 'Answers', {
    ...kept,
    model: iris,
    strategy: CacheStrategy.LOOKUP_FIRST,
    singleFlight: true,
    maxInflight: 2,
    staleWhileRevalidate: Duration.minutes(5),
    keyInputs: ['features'],
    perPrincipal: true,
    allowBypass: true,
    cacheDeadline: Duration.seconds(25),
    maxEntrySize: Size.mebibytes(2),
  });
  new PredictionCache(stack, 'Small', { model: iris, table: new CacheTable(stack, 'CacheTable', { encryptionKey }) });
  new DataCache(stack, 'Data', {
    ...kept,
    model: iris,
    cachedData: CachedData.RAW,
    prepared: true,
    refreshEvery: Duration.hours(1),
    unknownTtl: Duration.seconds(30),
    storeTimeout: Duration.seconds(1),
    dataDeadline: Duration.seconds(20),
  });
  const bucket = Bucket.fromBucketName(stack, 'Flowers', 'flowers');
  const store = DataStore.bucket(bucket, { prefix: 'flowers/' });
  const columns = { features: ['a', 'b', 'c', 'd'] };
  new DataCache(stack, 'Objects', { model: iris, store, columns, prepared: true });
  new DataCache(stack, 'Addresses', { model: iris, store: DataStore.http('https://flowers.example.org/{id}') });
}
