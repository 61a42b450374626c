/** The private PostgreSQL and Redis that `npm start`, the demo and the tests run on. */
export { startPostgres } from './services/postgres.ts';
export type { Postgres, PostgresOptions } from './services/postgres.ts';
export { startRedis } from './services/redis.ts';
export type { Redis, RedisOptions } from './services/redis.ts';
export { freePorts } from './services/ports.ts';
export { DataInUseError, takeLock } from './services/processes.ts';
export { keptSecret } from './services/secretfile.ts';
