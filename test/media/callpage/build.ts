import { build } from 'vite';

/** Prints the test page's script. A program of its own: the bundler does not run inside the test runner's realm. */
const result = await build({
  configFile: false, logLevel: 'error', root: import.meta.dirname,
  build: { write: false, minify: false, target: 'es2022', rollupOptions: { input: `${import.meta.dirname}/page.ts`, output: { format: 'es' } } },
});
for (const output of Array.isArray(result) ? result : [result]) {
  if ('output' in output) process.stdout.write(output.output[0].code);
}
