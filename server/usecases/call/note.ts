import type { Db } from '../../database/index.ts';

export interface Note {
  /** Taken beforehand by who may write it twice. */
  readonly id?: string;
  readonly sessionId: string;
  readonly at: Date;
  readonly type: string;
  readonly side?: 'client' | 'witness' | 'server';
  readonly refId?: string;
  /** Codes only, never personal data. */
  readonly codes?: Record<string, string | number | boolean>;
}

/** One entry for the replay's time line (R46), in the transaction of the change it tells of. */
export async function note(tx: Db, { id, sessionId, at, type, side, refId, codes }: Note): Promise<void> {
  await tx.sessionEvent.create({ data: { ...(id === undefined ? {} : { id }), sessionId, at, type, side: side ?? null, refId: refId ?? null, ...(codes ? { codes } : {}) } });
}
