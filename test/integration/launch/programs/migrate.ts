// A migration as small as can be: the role that owns nothing.
import pg from 'pg';

const app = new URL(process.env['DATABASE_URL']!);
const client = new pg.Client({ connectionString: process.env['DATABASE_OWNER_URL'] });
await client.connect();
await client.query(`DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${app.username}') THEN CREATE ROLE ${app.username}; END IF; END $$`);
await client.query(`ALTER ROLE ${app.username} LOGIN PASSWORD '${app.password}'`);
await client.query('CREATE TABLE IF NOT EXISTS mark (text text)');
await client.query(`GRANT SELECT, INSERT ON mark TO ${app.username}`);
await client.end();
