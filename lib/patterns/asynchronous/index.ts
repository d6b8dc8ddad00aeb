export * from './asynchronous';
