import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from '@televisit/server/metrics/metrics';
import type { ServerSources } from '@televisit/server/metrics/server-metrics';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { promtool, prometheusAvailable } from '../support/infra/prometheus.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('deploy/grafana/televisit.json')) as { panels: Panel[] };
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const runbook = read('docs/OPERATIONS.md');

/** The names of all metrics of a server, with the series of histograms. */
function knownNames(): ReadonlySet<string> {
  const metrics = new Metrics('1');
  metrics.watch({} as ServerSources);
  const ofHistograms = ['_bucket', '_sum', '_count'];
  return new Set(metrics.names.flatMap((name) => [name, ...ofHistograms.map((end) => name + end)]));
}

/** Returns the names of metrics in a query. */
function namesIn(query: string): string[] {
  return query.match(/\b(televisit|nodejs|process)_\w+/g) ?? [];
}

describe('deploy/prometheus/alerts.yml', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s has a summary, a severity and an entry in the runbook',
    (name, { labels, annotations }) => {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
      expect(annotations.runbook).toBe(`docs/OPERATIONS.md#${name.toLowerCase()}`);
      const entry = runbook.split(`\n#### ${name}\n`)[1]?.split('\n#')[0] ?? '';
      expect(entry.trim().length).toBeGreaterThan(100);
    },
  );

  it('every entry of the runbook belongs to an alert', () => {
    const entries = [...runbook.matchAll(/^#### (Televisit\w+)$/gm)].map(([, name]) => name);
    expect(entries.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('the alerts use only metrics that a server has', () => {
    const known = knownNames();
    const used = alerts.flatMap(({ expr }) => namesIn(expr));
    expect(used.length).toBeGreaterThan(9);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it.skipIf(!prometheusAvailable('the alert rules'))('promtool accepts the alerts and their tests', () => {
    expect(promtool(['check', 'rules', join(ROOT, 'deploy/prometheus/alerts.yml')])).toContain(
      '14 rules found',
    );
    for (const tests of ['alerts.test.yml', 'alerts.days.test.yml']) {
      expect(promtool(['test', 'rules', join(ROOT, 'deploy/prometheus', tests)])).toContain('SUCCESS');
    }
  });
});

describe('deploy/grafana/televisit.json', () => {
  it('the dashboard uses only metrics that a server has', () => {
    const known = knownNames();
    expect(queries.length).toBeGreaterThan(20);
    expect(queries.flatMap(namesIn).filter((name) => !known.has(name))).toEqual([]);
  });

  it('the dashboard has a query and a description in every panel', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    for (const { title, description, targets } of panels) {
      expect([title, Boolean(description), Boolean(targets?.length)]).toEqual([title, true, true]);
    }
  });

  it.skipIf(!prometheusAvailable('the queries of the dashboard'))('promtool accepts every query', () => {
    // The variables of Grafana, as Grafana fills them in.
    const rules = queries.map((expr, index) => ({
      record: `dashboard:query_${index}`,
      expr: expr.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$job', 'televisit'),
    }));
    const file = join(temporaryFolder(), 'dashboard.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool(['check', 'rules', file])).toContain(`${queries.length} rules found`);
  });
});
