import { join } from 'node:path';
import process from 'node:process';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// One of the two browser apps, chosen by APP: join (the client's phone) or console (the staff's desk).
const APPS = {
  join: { root: 'client/join', base: '/join/', target: ['es2020', 'chrome80', 'safari14'] },
  console: { root: 'review/console', base: '/console/', target: 'es2022' },
};
const name = process.env.APP ?? 'join';
const app = APPS[name];
if (app === undefined) throw new Error(`APP=${name}: expected ${Object.keys(APPS).join(' or ')}`);

export default defineConfig({
  root: join(import.meta.dirname, app.root),
  base: app.base,
  plugins: [react()],
  cacheDir: join(import.meta.dirname, 'node_modules', '.vite', name),
  build: {
    outDir: join(import.meta.dirname, '.build', 'web', name),
    emptyOutDir: true,
    target: app.target,
    sourcemap: false,
    chunkSizeWarningLimit: 2000,
    // Everything comes from our own origin: the content security policy allows no inline data scripts.
    assetsInlineLimit: 0,
  },
});
