// Native ES modules: run with `node --experimental-vm-modules` (scripts/run.mjs does).
const swc = (tsx) => ['@swc/jest', {
  jsc: { target: 'es2024', parser: { syntax: 'typescript', tsx }, transform: tsx ? { react: { runtime: 'automatic' } } : {} },
  module: { type: 'es6' },
  sourceMaps: 'inline',
}];

const project = (name, options = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`, `<rootDir>/test/${name}/**/*.test.tsx`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'tsx', 'json', 'node'],
  transform: { '\\.ts$': swc(false), '\\.tsx$': swc(true) },
  modulePathIgnorePatterns: ['<rootDir>/.data', '<rootDir>/.build'],
  setupFilesAfterEnv: [`<rootDir>/test/support/services/timeout-${name === 'unit' ? 'unit' : name === 'integration' ? 'integration' : 'long'}.mjs`],
  ...options,
});

// One private PostgreSQL and one Redis for the whole run, started only when one of these projects has a test to run.
const services = {
  globalSetup: '<rootDir>/test/support/services/globalsetup.mjs',
  globalTeardown: '<rootDir>/test/support/services/globalteardown.mjs',
};

// Real media and browsers share the cores badly: those files run one after the other.
const serial = process.argv.some((argument) => /(^|[\s/=])(media|e2e)($|\/)/.test(argument));

export default {
  maxWorkers: serial ? 1 : 2,
  projects: [project('unit'), project('integration', services), project('media', services), project('e2e', services)],
};
