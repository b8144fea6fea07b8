import { defineConfig } from 'vitest/config';

/** Makes property tests repeatable; see the comment in that file. */
const setupFiles = ['test/support/arbitraries/property-seeds.ts'];

/** For tests with real servers, sockets and browsers: they wait for conditions, which take longer on a busy machine. */
const patient = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000, interval: 20 } },
};

/**
 * For tests with browsers and networks, which a shared machine may suspend for longer than any timeout: a failed test is
 * retried once. scripts/vitest.mjs names the retried tests before the summary line.
 */
const onSharedMachines = { ...patient, fileParallelism: false, retry: 1 };

/** Small and fast tests run first. */
export default defineConfig({
  test: {
    // Tests mostly wait. By default Vitest leaves one core free, which is half of two.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['{shared,server,client,api-client,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          // Some start a real media worker.
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000, interval: 20 } },
        },
      },
      { test: { name: 'contract', setupFiles, include: ['test/contract/**/*.test.ts'], ...patient } },
      { test: { name: 'integration', setupFiles, include: ['test/integration/**/*.test.ts'], ...patient } },
      // Integration tests that measure time, or in which something of low priority works, such as FFmpeg and Whisper: others at
      // the same time would slow them down too much.
      {
        test: { name: 'alone', setupFiles, include: ['test/alone/**/*.test.ts'], ...onSharedMachines },
      },
      // Pages in fixed states, without a server: nothing in them depends on time, so two browsers may share the machine.
      { test: { name: 'scenes', include: ['test/scenes/**/*.test.ts'], ...patient, retry: 1 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // Every server fails its test if it logs a secret, a token or something personal.
          env: { SCAN_SERVER_LOGS: 'true' },
          ...onSharedMachines,
        },
      },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...onSharedMachines } },
      // For `npm run chaos`: minutes of random failures, which `npm test` omits.
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
