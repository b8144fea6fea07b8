import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Returns what axe-core finds on a page against WCAG 2.2 AA and its own best practices, each with its element; empty if
 * all is well.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  // "Legacy" is for pages without frames of other origins, like ours: it opens no second page to collect findings.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(TAGS).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
