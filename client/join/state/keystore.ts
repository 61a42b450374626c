/** The phone's signing key in IndexedDB: a CryptoKey object that can be used but not read, also not by this page (R19). */
export interface StoredKey { readonly keys: CryptoKeyPair; readonly serial: string | null }

const open = (): Promise<IDBDatabase> => new Promise((resolve, reject) => {
  const request = indexedDB.open('signing', 1);
  request.onupgradeneeded = () => { request.result.createObjectStore('keys'); };
  request.onsuccess = () => { resolve(request.result); };
  request.onerror = () => { reject(request.error ?? new Error('IndexedDB')); };
});
const settle = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => { resolve(request.result); };
  request.onerror = () => { reject(request.error ?? new Error('IndexedDB')); };
});

/** The key pair of this application on this phone, if it was made here. */
export const loadKey = async (applicationId: string): Promise<StoredKey | null> => {
  const database = await open();
  try { return (await settle<StoredKey | undefined>(database.transaction('keys').objectStore('keys').get(applicationId))) ?? null; } finally { database.close(); }
};

export const storeKey = async (applicationId: string, key: StoredKey): Promise<void> => {
  const database = await open();
  try { await settle(database.transaction('keys', 'readwrite').objectStore('keys').put(key, applicationId)); } finally { database.close(); }
};
