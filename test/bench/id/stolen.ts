/** How much of a core's time the machine below this one kept for others: times measured meanwhile are too long by about that. */
import { readFile } from 'node:fs/promises';

const STEAL = 7;

async function ticks(core: number): Promise<readonly number[] | null> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1];
  return line === undefined ? null : line.trim().split(/\s+/).map(Number);
}

/** Adds up what passes while `timed` work runs: what happens between, making photos, is not counted. */
export function watchStolen(core: number | null): { timed<T>(work: () => Promise<T>): Promise<T>; share(): number | null } {
  const sums = { busy: 0, stolen: 0 };
  return {
    async timed(work) {
      const before = core === null ? null : await ticks(core);
      try {
        return await work();
      } finally {
        const after = core === null || before === null ? null : await ticks(core);
        if (after !== null && before !== null) {
          const spent = after.map((value, i) => value - (before[i] ?? 0));
          const stolen = spent[STEAL] ?? 0;
          // All but what was idle or waited for a disk: that could not be stolen.
          sums.busy += (spent[0] ?? 0) + (spent[1] ?? 0) + (spent[2] ?? 0) + (spent[5] ?? 0) + (spent[6] ?? 0) + stolen;
          sums.stolen += stolen;
        }
      }
    },
    share: () => (sums.busy === 0 ? null : sums.stolen / sums.busy),
  };
}
