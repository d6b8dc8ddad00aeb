/** What is used of the client: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
