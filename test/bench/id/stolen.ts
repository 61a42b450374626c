/** How much of a core's time the machine below this one kept for others: times measured meanwhile are too long by about that. */
import { readFile } from 'node:fs/promises';

const STEAL = 7;

async function ticks(core: number): Promise<readonly number[] | null> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1];
  return line === undefined ? null : line.trim().split(/\s+/).map(Number);
}

/** @returns when called: the share 0…1 of the core's busy time since, or null where the system does not say. */
export async function watchStolen(core: number | null): Promise<() => Promise<number | null>> {
  const before = core === null ? null : await ticks(core);
  return async () => {
    const after = core === null || before === null ? null : await ticks(core);
    if (after === null || before === null) return null;
    const spent = after.map((value, i) => value - (before[i] ?? 0));
    // User, nice, system and stolen time; what was idle could not be stolen.
    const busy = (spent[0] ?? 0) + (spent[1] ?? 0) + (spent[2] ?? 0) + (spent[STEAL] ?? 0);
    return busy === 0 ? null : (spent[STEAL] ?? 0) / busy;
  };
}
