/** What pool and process say to each other, over the channel between them only: a picture never touches the disk. */
import type { AppError } from '../../../contracts/errors.ts';

export interface TaskRequest {
  readonly type: 'task';
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
}

/** Stop the task at its next checkpoint; the answer still comes. */
export interface CancelRequest { readonly type: 'cancel'; readonly id: number }

export type PoolRequest = TaskRequest | CancelRequest;

export type ProcessAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown; readonly rssMb: number }
  // A fault's words could quote the picture's contents; only its kind leaves the process.
  | { readonly type: 'failed'; readonly id: number; readonly code: AppError['code']; readonly errorName: string; readonly rssMb: number };
