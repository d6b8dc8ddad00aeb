export * from './synchronous';
