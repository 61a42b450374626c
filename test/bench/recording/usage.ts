/** Processor time and memory of other processes, from /proc; undefined where there is none. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

let ticks: number | undefined;
const ticksPerSecond = (): number => (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));

export interface Usage { readonly cpuMs: number; readonly rssMb: number }

export async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')]);
    // The name may hold spaces: fields are counted behind its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond(), rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 };
  } catch {
    return undefined;
  }
}

/** Sum over processes; undefined when one of them is gone. */
export async function usageOfAll(pids: readonly number[]): Promise<Usage | undefined> {
  const each = await Promise.all(pids.map(usageOf));
  if (each.some((one) => one === undefined)) return undefined;
  return { cpuMs: each.reduce((sum, one) => sum + one!.cpuMs, 0), rssMb: each.reduce((sum, one) => sum + one!.rssMb, 0) };
}
