/** What is used of the writer: of a module that is imported when it is needed, the bundler keeps all that it exports. */
export { ByteWriter, parquetWrite, schemaFromColumnData } from 'hyparquet-writer';
