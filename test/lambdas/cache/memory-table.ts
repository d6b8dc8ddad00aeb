import { BATCH, type CacheRow, type CacheTable, type RowsRead } from '../../../lambdas/shared/cache/cache-table';
import { gate } from '../gate';

/**
 * The table's conditions without a table, for what is about time and order. That DynamoDB has the same ones is shown in
 * test/e2e/cache-table.e2e.test.ts.
 */
export class MemoryTable implements Pick<CacheTable, keyof CacheTable> {
  readonly rows = new Map<string, CacheRow>();
  readonly leases = new Map<string, { readonly holder: string; readonly until: number }>();
  readonly invalidations: Record<string, number> = {};
  readonly calls: string[] = [];
  /** Every operation fails, or none ever ends. */
  state: 'up' | 'down' | 'hanging' = 'up';
  /** How long an operation takes. */
  delayMs = 0;
  #held?: Promise<void>;

  /** Operations begin, and go on once what this returns is called. */
  hold(): () => void {
    const { open, opened } = gate();
    this.#held = opened;
    return () => {
      this.#held = undefined;
      open();
    };
  }

  async read(keys: readonly string[], names: readonly string[] = []): Promise<RowsRead> {
    await this.#called('read');
    if (keys.length + names.length >= BATCH) throw new Error('DynamoDB takes 100 keys');
    const rows = new Map(keys.flatMap((key) => (this.rows.has(key) ? [[key, this.rows.get(key) as CacheRow]] : [])));
    const leases = new Map(
      names.flatMap((name) => (this.leases.has(name) ? [[name, this.leases.get(name)?.until ?? 0]] : [])),
    );
    return { rows, invalidations: { ...this.invalidations }, leases };
  }

  async put(key: string, row: CacheRow): Promise<boolean> {
    await this.#called('put');
    const there = this.rows.get(key);
    if (there && there.askedAt >= row.askedAt) return false;
    this.rows.set(key, row);
    return true;
  }

  async lease(lease: string, holder: string, now: number, until: number): Promise<boolean> {
    await this.#called('lease');
    const there = this.leases.get(lease);
    if (there && there.until >= now) return false;
    this.leases.set(lease, { holder, until });
    return true;
  }

  async release(lease: string, holder: string): Promise<boolean> {
    await this.#called('release');
    if (this.leases.get(lease)?.holder !== holder) return false;
    return this.leases.delete(lease);
  }

  async invalidate(of: string, at: number): Promise<boolean> {
    await this.#called('invalidate');
    if ((this.invalidations[of] ?? 0) >= at) return false;
    this.invalidations[of] = at;
    return true;
  }

  async #called(name: string): Promise<void> {
    this.calls.push(name);
    if (this.state === 'hanging') await new Promise(() => undefined);
    await this.#held;
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (this.state === 'down') throw new Error('the table is down');
  }
}
