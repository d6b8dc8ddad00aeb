export * from './asynchronous-horizontal';
