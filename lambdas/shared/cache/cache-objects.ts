/** Bodies of entries that are too large for a row, in S3. Its client is loaded when it is needed. */
export class CacheObjects {
  #connection?: ReturnType<CacheObjects['connect']>;

  constructor(
    private readonly bucket: string,
    private readonly timeoutMs: number,
    private readonly clientOptions: Readonly<Record<string, unknown>>,
  ) {}

  async put(key: string, body: Uint8Array): Promise<void> {
    const abortSignal = AbortSignal.timeout(this.timeoutMs);
    const { client, PutObjectCommand } = await this.#connect();
    await client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }), { abortSignal });
  }

  async get(key: string): Promise<Uint8Array> {
    const abortSignal = AbortSignal.timeout(this.timeoutMs);
    const { client, GetObjectCommand } = await this.#connect();
    const { Body } = await client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }), { abortSignal });
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  #connect() {
    this.#connection ??= this.connect();
    return this.#connection;
  }

  private async connect() {
    const { GetObjectCommand, PutObjectCommand, S3Client } = await import('./object-client');
    const requestHandler = { connectionTimeout: this.timeoutMs, requestTimeout: this.timeoutMs };
    const checksums = {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const;
    const client = new S3Client({ maxAttempts: 1, ...checksums, requestHandler, ...this.clientOptions });
    return { client, GetObjectCommand, PutObjectCommand };
  }
}
