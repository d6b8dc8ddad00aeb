export * from './data-cache';
