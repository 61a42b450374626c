// A server as small as can be: real configuration, real database, real stopping.
import pg from 'pg';
import { loadConfig } from '../../../../server/platform/config.ts';
import { stopOnSignals } from '../../../../server/platform/lifecycle.ts';

const config = loadConfig(process.env);
const client = new pg.Client({ connectionString: config.databaseUrl });
await client.connect();
await client.query(`INSERT INTO mark VALUES ('started')`);
const { rows } = await client.query('SELECT count(*)::int AS starts, current_user AS role FROM mark');
console.log(`starts ${rows[0].starts} as ${rows[0].role}, owner ${process.env['DATABASE_OWNER_URL'] ?? 'unknown'}`);
const timer = setInterval(() => undefined, 1_000);
stopOnSignals(async () => {
  clearInterval(timer);
  await client.query(`INSERT INTO mark VALUES ('stopped')`);
  await client.end();
  console.log('server says goodbye');
});
console.log(`READY https://localhost:${config.http.port}`);
