import { defineConfig } from 'vitest/config';

/** Makes property tests repeatable; see the comment in that file. */
const setupFiles = ['test/support/arbitraries/property-seeds.ts'];

/** Real servers, sockets and browsers on a busy machine: a condition may take its time, a test never sleeps. */
const patient = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000, interval: 20 } },
};

/**
 * Browsers and networks of a shared machine may stand still for longer than any patience: such a test gets a second try,
 * which the report names. What fails twice is wrong.
 */
const onSharedMachines = { ...patient, fileParallelism: false, retry: 1 };

/** The order of the projects is the order of trust: what is small and fast speaks first. */
export default defineConfig({
  test: {
    // They mostly wait. By itself Vitest leaves one core free, which of two is half.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['{shared,server,client,api-client,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          // Some have a real media worker beside the code.
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000, interval: 20 } },
        },
      },
      { test: { name: 'contract', setupFiles, include: ['test/contract/**/*.test.ts'], ...patient } },
      { test: { name: 'integration', setupFiles, include: ['test/integration/**/*.test.ts'], ...patient } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onSharedMachines } },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...onSharedMachines } },
      // For `npm run chaos`: minutes of random failures, which `npm test` leaves out.
      {
        test: {
          name: 'chaos-long',
          include: ['test/chaos-long/**/*.test.ts'],
          ...onSharedMachines,
          testTimeout: 3_600_000,
        },
      },
    ],
  },
});
