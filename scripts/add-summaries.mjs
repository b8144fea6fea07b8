// Usage: node scripts/add-summaries.mjs LINE...
// Writes several lines "N passed, N failed" as one.
import { addSummaries } from './test-summary.mjs';

process.stdout.write(`${addSummaries(process.argv.slice(2))}\n`);
