/** What is used of the client: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
