import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether this machine lets a test have a disk of its own (Linux, as root). Where it does not, it says on standard error what is not
 * tried; under `CI` nothing is passed over: there the tests run, and fail where they cannot mount.
 */
export const maySmallDisk = (): boolean => {
  if (process.env['CI'] || canMount()) return true;
  process.stderr.write('NOT TRIED: tests on a small disk of their own (they mount one: Linux, as root)\n');
  return false;
};

const canMount = (): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    smallDisk(1 << 20).close();
    return true;
  } catch {
    return false;
  }
};

/** A real file system of so many bytes, empty. */
export function smallDisk(bytes: number): { readonly dir: string; close(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'vw-disk-'));
  const disk = smallDiskAt(dir, bytes);
  return { dir, close: () => { disk.close(); rmSync(dir, { recursive: true, force: true }); } };
}

/** The same over a folder that is there: its own files are back at close. */
export function smallDiskAt(dir: string, bytes: number): { close(): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir], { stdio: 'ignore' });
  // At once for everybody who looks, and given back when the last file in it is closed: a test that failed leaves no disk mounted.
  return { close: () => { execFileSync('umount', ['-l', dir], { stdio: 'ignore' }); } };
}
