import type { StoreSettings } from '../contract';
import { bucketStore } from './bucket-store';
import { httpStore } from './http-store';
import type { DataStore } from './record';
import { tableStore } from './table-store';

export function openStore(settings: StoreSettings, clientOptions: Readonly<Record<string, unknown>>): DataStore {
  switch (settings.kind) {
    case 'table':
      return tableStore(settings, clientOptions);
    case 'bucket':
      return bucketStore(settings, clientOptions);
    case 'http':
      return httpStore(settings);
  }
}
