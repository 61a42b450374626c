import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const bin = (path: string): string => join(ROOT, 'node_modules', path);
const FOLDERS = ['client', 'contracts', 'media', 'review', 'scripts', 'server', 'simulators', 'test', 'workflows'];

/** What one stage came to. `problems` are reasons to fail beyond tests that failed. */
export type StageResult = { name: string; passed: number; failed: number; problems: string[]; seconds: number };
export type Stage = { name: string; run(): Promise<StageResult> };

/** Type check, lint and import rule: each is one thing that passes or fails. */
export const CHECKS: Stage[] = [
  check('type check', [bin('typescript/bin/tsc'), '-p', '.', '--noEmit', '--pretty', 'false']),
  check('lint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']),
  check('import rule', [bin('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', ...FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))]),
];

/** The test folders, in the order in which a fault is found soonest. */
export const SUITES: Stage[] = ['unit', 'integration', 'media', 'e2e'].map((name) => suite(name));

function check(name: string, args: string[]): Stage {
  return {
    name,
    run: async () => {
      const began = Date.now();
      const code = await node(args);
      const ok = code === 0;
      return { name, passed: 0, failed: 0, problems: ok ? [] : [`${name} failed`], seconds: seconds(began) };
    },
  };
}

function suite(name: string): Stage {
  return {
    name,
    run: async () => {
      const began = Date.now();
      const output = join(ROOT, '.build', 'test', `${name}.json`);
      mkdirSync(join(ROOT, '.build', 'test'), { recursive: true });
      rmSync(output, { force: true });
      const code = await node([
        '--experimental-vm-modules', bin('jest/bin/jest.js'), '--ci', '--selectProjects', name, '--passWithNoTests', '--json', '--outputFile', output,
        // Files with real media or browsers run one after the other: they share the cores badly.
        ...(name === 'unit' || name === 'integration' ? ['--maxWorkers=2'] : ['--runInBand']),
      ], output);
      return judge(name, code, readReport(output), testFiles(join(ROOT, 'test', name)), seconds(began));
    },
  };
}

/** The part of jest's report that is looked at. */
export type Report = {
  numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number; numRuntimeErrorTestSuites: number;
  testResults: { name: string; status: string; message?: string; assertionResults: { fullName: string; status: string }[] }[];
};

/**
 * Counts a suite. A test that was skipped, a file that ran no test, and a file that was not run at all are failures: nothing
 * is silently left out.
 */
export function judge(name: string, code: number | null, report: Report | undefined, files: string[], took: number): StageResult {
  if (report === undefined) return { name, passed: 0, failed: 0, problems: [`${name}: jest ended with ${code} and left no report`], seconds: took };
  const problems: string[] = [];
  const short = (path: string): string => path.replace(`${ROOT}/`, '');
  for (const file of report.testResults) {
    const skipped = file.assertionResults.filter(({ status }) => !['passed', 'failed'].includes(status));
    for (const test of skipped) problems.push(`${short(file.name)}: "${test.fullName}" was ${test.status}, not run`);
    if (file.assertionResults.length === 0) problems.push(`${short(file.name)} ran no test`);
  }
  const ran = new Set(report.testResults.map((file) => file.name));
  for (const file of files) if (!ran.has(file)) problems.push(`${short(file)} was not run`);
  if (code === null) problems.push(`${name}: the tests left something running (a socket, a timer, a process) and jest had to be killed`);
  if (code !== 0 && report.numFailedTests === 0 && problems.length === 0) problems.push(`${name}: jest ended with exit code ${code}`);
  return { name, passed: report.numPassedTests, failed: report.numFailedTests, problems, seconds: took };
}

function testFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.test\.tsx?$/.test(file)).map((file) => join(folder, file));
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

let current: ReturnType<typeof spawn> | undefined;

/** Ends what is running now (Ctrl-C). */
export function stopCurrent(): void {
  current?.kill('SIGTERM');
}

/** How long jest may take to end once its report is written. */
const ENDING_MS = 20_000;

/** Runs it to its end: its exit code. `report`: when this file is written and the process does not end, it is killed (null). */
function node(args: string[], report?: string): Promise<number | null> {
  return new Promise((done, fail) => {
    let written = 0;
    const watch = setInterval(() => {
      if (report === undefined || !existsSync(report)) return;
      written ||= Date.now();
      if (Date.now() - written > ENDING_MS) current?.kill('SIGKILL');
    }, 1_000);
    // jest reports on standard error, and its JSON goes to the file: both streams are for the person.
    current = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: testEnvironment() });
    current.once('error', fail);
    current.once('exit', (code) => { clearInterval(watch); done(code); });
  });
}

/** The tests bring their own services and keys: what the developer's shell points at must not be touched. */
function testEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL', 'DATA_DIR', 'PORT', 'MASTER_KEYS', 'BLIND_INDEX_KEYS', 'SIGNING_KEYS', 'DEMO', 'TLS_CERT', 'TLS_KEY', 'TRUST_PROXY', 'ROLES', 'ANNOUNCED_IP', 'RTC_PORT', 'SIMULATORS_PORT', 'SIMULATORS_URL']) delete env[name];
  return env;
}

function seconds(began: number): number {
  return Math.round((Date.now() - began) / 1000);
}
