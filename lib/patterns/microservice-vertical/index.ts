export * from './microservice-vertical';
export * from './vertical-predictor';
