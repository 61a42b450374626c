export * from './application.ts';
export * from './session.ts';
export * from './account.ts';
