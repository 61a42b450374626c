import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { ROOT, SetupError, hashOf, hashOfFiles, run, step } from './steps.mjs';
import { ensureSystemPackages } from './system.mjs';

const PACKAGE = join(ROOT, 'node_modules', 'mediasoup');
const RECIPE = join(ROOT, 'media', 'worker', 'recipe');
const DOWNLOAD_LIMIT = 45_000;

/**
 * The path of a media worker that runs here: MEDIASOUP_WORKER_BIN, else the one kept in the cache, else the official
 * prebuilt one, else one built from the npm package's source. It is kept outside the checkout: once a machine.
 */
export async function ensureWorker(node) {
  const given = process.env.MEDIASOUP_WORKER_BIN ?? '';
  if (given !== '') {
    if (!runs(given)) throw new SetupError(`MEDIASOUP_WORKER_BIN=${given} is no media worker that runs on this machine.`);
    return given;
  }
  const cached = cachedWorkerPath();
  if (existsSync(cached)) {
    if (runs(cached)) return cached;
    rmSync(cached, { force: true }); // a system library went away: make it anew
  }
  await withLock(`${cached}.lock`, () => process.stdout.write('Another start gets the media worker; waiting for it …\n'), async () => {
    if (existsSync(cached)) return;
    if (!(await download(node, cached))) await build(cached);
  });
  return cached;
}

/** Where the worker of exactly this version, recipe and platform is kept. */
export function cachedWorkerPath() {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const recipe = hashOf(hashOfFiles([RECIPE], RECIPE), process.platform, process.arch).slice(0, 16);
  return join(cache, 'video-witness', `mediasoup-worker-${version}-${recipe}`);
}

/** Started without its version it ends with 41 at once; anything else means that it does not run on this system. */
function runs(binary) {
  return spawnSync(binary, [], { env: {}, stdio: 'ignore', timeout: 10_000 }).status === 41;
}

/** mediasoup's own script takes the official binary of this version. @returns false when there is none to be had */
async function download(node, cached) {
  const made = join(PACKAGE, 'worker', 'out', 'Release', 'mediasoup-worker');
  // Without a Python its way on, a build with tools from the network, ends at once: ours is the better one.
  const env = { ...process.env, PYTHON: 'false', MEDIASOUP_WORKER_BIN: '' };
  return step('Getting the media worker (official binary)', async () => {
    try {
      await run(node, ['npm-scripts.mjs', 'postinstall'], { cwd: PACKAGE, env, limit: DOWNLOAD_LIMIT });
    } catch {
      // No network, or no binary for this system.
    }
    if (!existsSync(made) || !runs(made)) {
      process.stdout.write('  not to be had from here\n');
      return false;
    }
    put(made, cached);
    return true;
  });
}

async function build(cached) {
  await ensureSystemPackages(['worker']);
  const folder = join(tmpdir(), `video-witness-worker-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await step('Building the media worker from source (once on this machine, about 5 minutes on 2 cores)', async (note) => {
      await run('cmake', ['-S', RECIPE, '-B', folder, '-G', 'Ninja', `-DWORKER_SRC=${join(PACKAGE, 'worker')}`]);
      await run('ninja', ['-C', folder], {
        onLine: (line) => {
          const progress = /^\[(\d+)\/(\d+)\]/.exec(line);
          if (progress !== null) note(`${Math.floor((100 * Number(progress[1])) / Number(progress[2]))} %`);
        },
      });
    });
    const made = join(folder, 'mediasoup-worker');
    if (!runs(made)) throw new SetupError('The media worker was built, but does not run.');
    put(made, cached);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copied beside and renamed: nobody ever starts half a worker. */
function put(from, to) {
  mkdirSync(join(to, '..'), { recursive: true });
  const draft = `${to}.${process.pid}`;
  copyFileSync(from, draft);
  chmodSync(draft, 0o755);
  renameSync(draft, to);
}
