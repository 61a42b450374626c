import { stopCurrent } from './stages.ts';
import type { Stage, StageResult } from './stages.ts';

/**
 * Runs stages one after the other until one fails, then says what passed, what failed and what was not reached. The very
 * last line is `N passed, N failed`, over all tests.
 * @returns the exit code
 */
export async function runStages(stages: Stage[]): Promise<number> {
  let interrupted = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      interrupted = true;
      stopCurrent();
    });
  }
  const results: StageResult[] = [];
  for (const [index, stage] of stages.entries()) {
    console.log(`\n── ${index + 1}/${stages.length} ${stage.name} ${'─'.repeat(Math.max(0, 60 - stage.name.length))}`);
    const result = await stage.run();
    if (interrupted) result.problems.push('interrupted');
    results.push(result);
    console.log(`── ${verdict(result)} (${result.seconds} s)`);
    if (!isGood(result)) break;
  }
  summarize(stages, results);
  return results.length === stages.length && results.every(isGood) ? 0 : 1;
}

function isGood(result: StageResult): boolean {
  return result.failed === 0 && result.problems.length === 0;
}

function verdict(result: StageResult): string {
  const counts = result.passed + result.failed > 0 ? `, ${result.passed} passed, ${result.failed} failed` : '';
  return `${result.name}: ${isGood(result) ? 'ok' : 'FAILED'}${counts}`;
}

function summarize(stages: Stage[], results: StageResult[]): void {
  console.log('\nSummary');
  for (const result of results) {
    console.log(`  ${isGood(result) ? '✓' : '✗'} ${verdict(result)} (${result.seconds} s)`);
    for (const problem of result.problems) console.log(`      ${problem}`);
  }
  for (const stage of stages.slice(results.length)) console.log(`  · ${stage.name}: not reached`);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  // A stage that fails without a failed test (type check, a skipped test) counts as one: the last line must not look green.
  const failed = results.reduce((sum, result) => sum + result.failed + (result.failed === 0 && !isGood(result) ? 1 : 0), 0);
  console.log(`\n${passed} passed, ${failed} failed`);
}
