/** What is used of the parser: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { parse } from 'csv-parse/sync';
