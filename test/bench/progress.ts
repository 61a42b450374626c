/** One line that says how far the run is; on standard error, so that the result can be piped. */
export type Progress = { tick(): void; done(): void };

export function progress(what: string, of: number): Progress {
  const began = Date.now();
  let at = 0;
  const line = (): string => `${what}: ${at} of ${of}, ${Math.round((Date.now() - began) / 1000)} s`;
  return {
    tick() {
      at += 1;
      if (process.stderr.isTTY) process.stderr.write(`\r${line()} `);
      else if (at % 50 === 0) process.stderr.write(`${line()}\n`);
    },
    done() { process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${line()}\n`); },
  };
}

/** Shows how far `run` is, and ends the line whatever comes of it. */
export async function measured<T>(what: string, of: number, run: (bar: Progress) => Promise<T>): Promise<T> {
  const bar = progress(what, of);
  try {
    return await run(bar);
  } finally {
    bar.done();
  }
}
