export * from './prediction-cache';
