export * from './web-single';
