/** What is used of the client: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
