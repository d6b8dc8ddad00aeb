/** What is used of the client: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
