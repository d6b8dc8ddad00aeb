export * from './horizontal-predictor';
export * from './microservice-horizontal';
