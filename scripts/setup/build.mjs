import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { ROOT, hashOf, hashOfFiles, isStamped, run, stamp, step } from './steps.mjs';

/** The two browser apps: where each lives, what it is made of. */
const APPS = [
  { name: 'join', title: "the client's page", root: join('client', 'join'), sources: ['client', 'contracts'] },
  { name: 'console', title: 'the console', root: join('review', 'console'), sources: ['review', 'client/rtc', 'contracts'] },
];

/** Builds a browser app with vite into .build/web when its sources changed. */
export async function buildWebApps(node) {
  for (const app of APPS) {
    if (!existsSync(join(ROOT, app.root, 'index.html'))) continue;
    const output = join(ROOT, '.build', 'web', app.name);
    const shared = ['package-lock.json', 'vite.config.mjs', 'tsconfig.json'];
    const value = () => hashOf(output, hashOfFiles([...shared, ...app.sources].map((path) => join(ROOT, path))));
    if (existsSync(join(output, 'index.html')) && isStamped(`web-${app.name}`, value())) continue;
    await withLock(join(ROOT, '.build', `web-${app.name}.lock`), () => undefined, async () => {
      const wanted = value();
      if (existsSync(join(output, 'index.html')) && isStamped(`web-${app.name}`, wanted)) return;
      await step(`Building ${app.title} (vite)`, () =>
        run(node, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--config', join(ROOT, 'vite.config.mjs'), '--logLevel', 'warn'], { env: { ...process.env, APP: app.name, NODE_ENV: 'production' } }));
      stamp(`web-${app.name}`, wanted);
    });
  }
}
