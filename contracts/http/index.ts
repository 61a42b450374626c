export * from './common.ts';
export * from './client.ts';
export * from './staff.ts';
