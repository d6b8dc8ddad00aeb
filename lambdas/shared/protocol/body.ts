/** A body and what it is, however it came. */
export interface Body {
  /** In lower case and without parameters. */
  readonly mediaType: string;
  bytes(): Uint8Array;
  text(): string;
}
