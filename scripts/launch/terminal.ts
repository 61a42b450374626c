import { lanAddresses } from '../../server/platform/network.ts';
import { launch } from './launch.ts';
import type { Instance, LaunchOptions } from './launch.ts';

const SAME_STOP_MS = 1_000;

/** The whole system on this machine at this terminal, until Ctrl-C. @returns the exit code */
export async function startSystem(options: Pick<LaunchOptions, 'programs'> = {}): Promise<number> {
  const print = (name: string, line: string): void => console.log(`${name.padEnd(10)} │ ${line}`);
  let instance: Instance | undefined;
  let asked: (code: number) => void = () => undefined;
  const leave = new Promise<number>((done) => { asked = done; });
  const cancel = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    // One stop can come twice: to the whole group, and passed on by npm or the set-up.
    if (firstAt !== undefined && Date.now() - firstAt < SAME_STOP_MS) return;
    if (firstAt !== undefined) {
      console.log('Ended at once.');
      instance?.kill();
      process.exit(130);
    }
    firstAt = Date.now();
    console.log(`\n${name === 'SIGINT' ? 'Ctrl-C' : name}: stopping in order (once more to end at once) …`);
    cancel.abort();
    asked(0);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);

  const starting = launch({ ...options, env: process.env, print, signal: cancel.signal });
  const early = await Promise.race([starting.then(() => undefined, () => undefined), leave]);
  if (early !== undefined) {
    // Asked to stop while starting: what already runs is stopped by the launch itself.
    await starting.then((started) => started.stop(), () => undefined);
    return 0;
  }
  try {
    instance = await starting;
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  printAddresses(instance);
  const outcome = await Promise.race([leave, instance.broken]);
  if (typeof outcome === 'string') console.error(`\n${outcome}: stopping everything.`);
  const { failed } = await instance.stop();
  if (failed.length > 0) console.error(`Did not stop in order: ${failed.join(', ')}`);
  else console.log('Stopped.');
  return typeof outcome === 'string' || failed.length > 0 ? 1 : 0;
}

function printAddresses({ url }: Instance): void {
  const port = new URL(url).port;
  const scheme = new URL(url).protocol;
  const lan = lanAddresses().map((address) => `${scheme}//${address}${port === '' ? '' : `:${port}`}/`);
  const line = (what: string, address: string): void => console.log(`  ${what.padEnd(28)} ${address}`);
  console.log('');
  line("The client's page", new URL('/', url).href);
  for (const address of lan) line('  from a phone in this network', address);
  line('The console', new URL('/console/', url).href);
  console.log('  (the certificate is self-made unless TLS_CERT is set: accept it once in the browser)\n');
  console.log(`READY ${url}`);
}
