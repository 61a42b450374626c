import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const services = globalThis.testServices;
  if (services === undefined) return;
  await services.redis.stop();
  await services.postgres.stop();
  await rm(services.dir, { recursive: true, force: true });
}
