import zlib from 'node:zlib';
import type { Compressors, FileMetaData, SchemaElement } from 'hyparquet';
import { ServingError } from '../errors';
import type { ReadableFile } from './objects';

/** A Parquet file: its columns, its row groups, and its rows by their numbers. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  /** Its columns, those that hold structures among them. */
  readonly columns: ReadonlyMap<string, SchemaElement>;
  /** Rows from `start` to `end`, which is exclusive, from 0. */
  rows(start: number, end: number, columns: readonly string[]): Promise<Record<string, unknown>[]>;
}

/** What Node decompresses by itself; Snappy is in the reader. */
const COMPRESSORS: Compressors = {
  GZIP: (content) => zlib.gunzipSync(content),
  BROTLI: (content) => zlib.brotliDecompressSync(content),
  ZSTD: (content) => zstd(content),
};

function zstd(content: Uint8Array): Uint8Array {
  const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: (content: Uint8Array) => Uint8Array };
  if (zstdDecompressSync) return zstdDecompressSync(content);
  throw new ServingError('NOT_IMPLEMENTED', 'this version of Node does not decompress Zstandard');
}

/** @throws ServingError where it is no Parquet file */
export async function openParquet(file: ReadableFile): Promise<ParquetFile> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('./parquet-client');
  const source = {
    byteLength: file.bytes,
    slice: async (start: number, end = file.bytes) => {
      // From the end, as with arrays.
      const content = await file.read(start < 0 ? file.bytes + start : start, end);
      return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer;
    },
  };
  const metadata = await parquetMetadataAsync(source).catch((cause: Error) => {
    if (cause instanceof ServingError) throw cause;
    throw new ServingError('INVALID_REQUEST', `it is no Parquet file: ${cause.message}`, { cause });
  });
  return {
    metadata,
    columns: topLevel(metadata.schema),
    rows: (rowStart, rowEnd, columns) =>
      parquetReadObjects({ file: source, metadata, rowStart, rowEnd, columns: [...columns], compressors: COMPRESSORS }),
  };
}

/** The schema is a tree in one list: each element is followed by its children. */
function topLevel(schema: readonly SchemaElement[]): Map<string, SchemaElement> {
  const columns = new Map<string, SchemaElement>();
  const behind = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) next = behind(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = behind(at)) {
    const element = schema[at] as SchemaElement;
    columns.set(element.name, element);
  }
  return columns;
}
