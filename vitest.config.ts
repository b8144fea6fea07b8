import { defineConfig } from 'vitest/config';

const longest = { testTimeout: 120_000, hookTimeout: 120_000 };

/** The order of the projects is the order of trust: what is small and fast speaks first. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{shared,server,client,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
        },
      },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...longest } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...longest } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...longest, fileParallelism: false } },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...longest, fileParallelism: false } },
    ],
  },
});
