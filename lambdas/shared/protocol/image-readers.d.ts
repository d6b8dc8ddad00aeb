// The packages' own types cover their main modules only.

declare module 'pngjs/lib/parser-sync' {
  export default function read(buffer: Buffer, options: object): { readonly data: Buffer };
}

declare module 'jpeg-js/lib/decoder' {
  interface DecodeOptions {
    readonly useTArray: boolean;
    readonly tolerantDecoding: boolean;
    readonly maxMemoryUsageInMB: number;
  }
  export default function decode(data: Uint8Array, options: DecodeOptions): { readonly data: Uint8Array };
}
