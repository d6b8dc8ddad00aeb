/** Bucket that a local deployment publishes its assets to. The CDK app names it, `deploy` creates it. */
export const LOCAL_ASSETS_BUCKET = 'cdk-ml-serving-assets-local';
