/** What is used of the client: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
export { getSignedUrl } from '@aws-sdk/s3-request-presigner';
