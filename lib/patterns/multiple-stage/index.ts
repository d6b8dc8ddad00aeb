export * from './multiple-stage';
