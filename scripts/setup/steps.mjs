import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The checkout's folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Says why nothing can go on, and ends. */
export function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}

/** A problem whose whole text is for the person at the terminal. */
export class SetupError extends Error {}

/** Runs one long step with its name, its progress and the seconds it took. */
export async function step(name, work) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  process.stdout.write(`• ${name} …\n`);
  let note = '';
  const timer = setInterval(() => process.stdout.write(`  ${name}: ${seconds()}${note === '' ? '' : `, ${note}`}\n`), 10_000);
  try {
    const result = await work((text) => { note = text; });
    process.stdout.write(`✓ ${name} (${seconds()})\n`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a command quietly. What it said is shown only when it fails.
 * `limit` in ms ends it and all it started; `onLine` sees each line of its output.
 */
export function run(command, args, { cwd = ROOT, env = process.env, limit = 0, onLine, log } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: limit > 0 });
    let output = '';
    let timer;
    if (limit > 0) {
      timer = setTimeout(() => {
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // it ended just now
        }
      }, limit);
    }
    const read = (chunk) => {
      output += chunk;
      if (output.length > 200_000) output = `${output.slice(0, 5_000)}\n…\n${output.slice(-100_000)}`;
      if (log !== undefined) appendFileSync(log, chunk);
      if (onLine !== undefined) for (const line of String(chunk).split('\n')) if (line.trim() !== '') onLine(line);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new SetupError(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new SetupError(`${command} ${args.join(' ')} failed${code === null ? '' : ` (exit code ${code})`}:\n${ends(output)}`));
    });
  });
}

/** The first lines, where the cause stands, and the last ones. */
function ends(output) {
  const lines = output.trimEnd().split('\n');
  return lines.length <= 40 ? lines.join('\n') : [...lines.slice(0, 15), '…', ...lines.slice(-25)].join('\n');
}

/** SHA-256 of texts, hexadecimal. */
export function hashOf(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}

/** SHA-256 over names and contents of all files below the given paths; missing ones count as missing. */
export function hashOfFiles(paths, root = ROOT) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(path)) return;
    let entries;
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch {
      hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
      add(join(path, entry.name));
    }
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

const stampFile = (name) => join(ROOT, 'node_modules', '.setup', name);

/** True when this step was done for exactly this content. Stamps live in node_modules and go with it. */
export function isStamped(name, value) {
  try {
    return readFileSync(stampFile(name), 'utf8') === value;
  } catch {
    return false;
  }
}

export function stamp(name, value) {
  mkdirSync(dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), value);
}
