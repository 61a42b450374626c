import { cpus, totalmem } from 'node:os';
import { inspect } from 'node:util';
import { runJourney } from '../test/support/journey/journey.ts';

// `npm run demo`: the whole way in headless Chromium against a fresh instance; exits 0 only when the accounts exist and
// the recording plays to its end and the case's evidence is verified.
const began = Date.now();
const steps: { name: string; ms: number }[] = [];
try {
  const screenshots = process.env['SCREENSHOTS'];
  const result = await runJourney({
    ...(screenshots ? { screenshots } : {}),
    onStep: (name, ms) => {
      steps.push({ name, ms });
      process.stdout.write(`${String(ms).padStart(7)} ms  ${name}\n`);
    },
  });
  const done = ['fund', 'custody', 'sh', 'sz'].every((step) => result.accountStates[step] === 'done');
  for (const problem of result.recording.problems) process.stdout.write(`recording: ${problem}\n`);
  if (!result.replay.ended) process.stdout.write('replay: did not reach its end\n');
  const { evidence } = result;
  for (const problem of [...evidence.problems, ...evidence.live.map(({ what, where }) => `${what}: ${where}`)]) process.stdout.write(`evidence: ${problem}\n`);
  process.stdout.write(`FIGURES ${JSON.stringify({
    bench: 'demo', steps, account_states: result.accountStates, recording_seconds: result.recordingSeconds, recording_decodes: result.recordingDecodes, total_ms: Date.now() - began,
    machine: { cores: cpus().length, memory_gb: Math.round(totalmem() / 2 ** 30), node: process.version }, date: new Date().toISOString(), spread: null,
  })}\n`);
  process.exit(done && result.recordingDecodes && evidence.intact && evidence.complete && evidence.live.length === 0 ? 0 : 1);
} catch (error) {
  process.stderr.write(`The demo failed: ${inspect(error, { depth: 4 })}\n`);
  process.exit(1);
}
