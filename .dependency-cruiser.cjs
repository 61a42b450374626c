// The import rule: contracts ← workflows, media, review ← server. The three in the middle know neither each other nor Prisma
// nor Express; browser code knows only the contracts and client/rtc. Checked by `npm test`; test/unit/import-rule.test.ts
// shows that planted imports are found.
const BROWSER = '^(client|review/console)/';
const PROJECT = '^(client|contracts|media|review|scripts|server|simulators|test|workflows)/';
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-import-nothing',
      comment: 'The vocabulary imports nothing of the project.',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: PROJECT, pathNot: '^contracts/' },
    },
    ...['workflows', 'media', 'review'].map((organ) => ({
      name: `${organ}-knows-contracts-only`,
      comment: `${organ} says what it needs as a small interface; server/app.ts hands it over.`,
      severity: 'error',
      from: { path: `^${organ}/`, pathNot: BROWSER },
      to: { path: PROJECT, pathNot: `^(contracts|${organ})/` },
    })),
    {
      name: 'server-side-knows-no-page',
      comment: 'The pages are built, not imported.',
      severity: 'error',
      from: { pathNot: `${BROWSER}|^test/` },
      to: { path: BROWSER },
    },
    {
      name: 'browser-knows-contracts-and-rtc',
      comment: 'Whatever a page imports is sent to strangers. The replay player is browser code that auditors will also find outside the console.',
      severity: 'error',
      from: { path: BROWSER },
      to: { path: PROJECT, pathNot: '^(contracts|client|review/console)/|^review/replay/(console|news|player|retries|runplayer|sideplayer|timeline)\\.ts$' },
    },
    {
      name: 'pages-do-not-know-each-other',
      severity: 'error',
      from: { path: '^review/console/' },
      to: { path: '^client/', pathNot: '^client/rtc/' },
    },
    {
      name: 'client-knows-no-console',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^review/' },
    },
    {
      name: 'browser-runs-in-browsers',
      comment: 'No Node module in a page.',
      severity: 'error',
      from: { path: BROWSER, pathNot: '(^|/)vite\\.config\\.' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-server-starts-the-organs',
      comment: 'The simulators are the outside world: they share the vocabulary and nothing else.',
      severity: 'error',
      from: { path: '^simulators/' },
      to: { path: PROJECT, pathNot: '^(simulators|contracts)/' },
    },
    {
      name: 'only-database-imports-prisma',
      severity: 'error',
      from: { path: PROJECT, pathNot: '^(server/database|test)/' },
      to: { path: [npm('@prisma', 'prisma', '\\.prisma'), '^server/database/generated/'] },
    },
    {
      name: 'only-server-imports-express',
      severity: 'error',
      from: { path: PROJECT, pathNot: '^(server|simulators|test)/' },
      to: { path: npm('express', 'multer', 'helmet') },
    },
    {
      name: 'nothing-imports-tests-or-scripts',
      severity: 'error',
      from: { path: '^(client|contracts|media|review|server|simulators|workflows)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'nothing-unresolvable',
      comment: 'An import that leads nowhere is not checked by any rule above.',
      severity: 'error',
      from: { path: PROJECT },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^server/database/generated/' },
    exclude: { path: '^(\\.build|\\.data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'] },
  },
};
