export * from './preprocess-prediction';
export * from './preprocessed-predictor';
