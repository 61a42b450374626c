#!/usr/bin/env node
// The first file of every npm script. Plain JavaScript for whatever Node (20 or newer) the machine has, without a single
// dependency: it makes the checkout ready, then goes on with Node 24 in the command's own file.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { buildWebApps } from './setup/build.mjs';
import { ensureDependencies, generatePrismaClient, hydratePostgres } from './setup/dependencies.mjs';
import { findRuntime } from './setup/runtime.mjs';
import { ROOT, SetupError, fail } from './setup/steps.mjs';
import { ensureSystemPackages } from './setup/system.mjs';
import { ensureWorker } from './setup/worker.mjs';

const script = (name) => ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts', name)];
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(ROOT, 'node_modules/jest/bin/jest.js')];

/** What each command needs before it begins, and the file it goes on with. */
const COMMANDS = {
  start: { entry: script('start.ts'), system: ['redis', 'ffmpeg'], worker: true, web: true },
  test: undefined, // by what is to be run: testCommand()
  demo: { entry: script('demo.ts'), system: ['redis', 'ffmpeg', 'chromium', 'fonts'], worker: true, web: true },
  jest: undefined,
  backup: { entry: script('backup.ts'), system: [], worker: false, web: false },
  'backup:keys': { entry: script('backup-keys.ts'), system: [], worker: false, web: false },
  restore: { entry: script('restore.ts'), system: [], worker: false, web: false },
  relations: { entry: script('relations.ts'), system: [], worker: false, web: false },
  'keys:rotate': { entry: script('keys-rotate.ts'), system: [], worker: false, web: false },
  'verify:live': { entry: script('verify-live.ts'), system: [], worker: false, web: false },
  check: { entry: script('check.ts'), system: [], worker: false, web: false },
  build: { entry: undefined, system: [], worker: true, web: true },
  setup: { entry: undefined, system: ['redis', 'ffmpeg', 'chromium', 'fonts'], worker: true, web: true },
};

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const command = name === 'jest' || name === 'test' ? testCommand(name, args) : COMMANDS[name] ?? (name.startsWith('bench:') ? bench(name) : undefined);
  if (command === undefined) fail(`unknown command "${name}". Known: ${Object.keys(COMMANDS).join(', ')}, bench:<name>`);

  const env = { ...process.env };
  await ensureDependencies();
  const node = findRuntime();
  await hydratePostgres(node);
  await generatePrismaClient(node);
  await ensureSystemPackages(command.system, env);
  if (command.worker) env.MEDIASOUP_WORKER_BIN = await ensureWorker(node);
  if (command.web) await buildWebApps(node);
  if (command.entry === undefined) return 0;
  return go(node, [...command.entry, ...args], env);
}

/** Single tests begin at once: browser and browser apps only when browser tests are among them. */
function testCommand(name, args) {
  const all = args.every((argument) => argument.startsWith('-'));
  const has = (kind) => all || args.some((argument) => argument.includes(kind));
  const browser = has('e2e');
  const services = browser || has('media') || has('integration');
  return {
    entry: name === 'jest' ? jest : script('test.ts'),
    system: [...(services ? ['redis', 'ffmpeg'] : []), ...(browser ? ['chromium', 'fonts'] : [])],
    worker: services,
    web: browser,
  };
}

/** A bench that has no call in it needs no media worker. */
const LIGHT_BENCHES = { 'bench:id': ['fonts'], 'bench:photos': ['ffmpeg', 'fonts'] };

function bench(name) {
  if (Object.hasOwn(LIGHT_BENCHES, name)) return { entry: script(join('..', 'test', 'bench', `${name.slice('bench:'.length)}.ts`)), system: LIGHT_BENCHES[name], worker: false, web: false };
  return { entry: script(join('..', 'test', 'bench', `${name.slice('bench:'.length)}.ts`)), system: ['redis', 'ffmpeg', 'chromium', 'fonts'], worker: true, web: true };
}

/** Runs the command and becomes it: same terminal, same signals, same exit code. */
function go(node, args, env) {
  const child = spawn(node, args, { cwd: ROOT, env, stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the child by itself; `kill` and a supervisor's SIGTERM reach only this process.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${node} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

main().then(
  (code) => { process.exitCode = code; },
  (error) => {
    // A set-up that fails is a failed test run too, and says so in the runner's way.
    const summary = process.argv[2] === 'test' ? '\n\n0 passed, 1 failed' : '';
    fail(`${error instanceof SetupError ? error.message : (error?.stack ?? String(error))}${summary}`);
  },
);
