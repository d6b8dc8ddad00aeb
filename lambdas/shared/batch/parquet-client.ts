/** What is used of the reader: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { parquetMetadataAsync, parquetReadObjects } from 'hyparquet/src/index.js';
