export * from './prediction-circuit-break';
