import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@televisit/server/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder as folderWith } from '../../scripts/temporary.ts';
import {
  CHART,
  environmentOf,
  helm,
  helmAvailable,
  KUBERNETES,
  manifestsOf,
  rendered,
  schemasAvailable,
  validate,
  type Manifest,
  type Place,
} from '../support/infra/helm.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const SECRETS = {
  INTERNAL_SECRET: 'a'.repeat(20) + 'b'.repeat(20),
  VIDEO_JWT_SECRET: 'c'.repeat(20) + 'd'.repeat(20),
  MONGO_URI: 'mongodb://user:password@mongo:27017/televisit',
  REDIS_URL: 'redis://:password@redis:6379',
  RECORDING_KEY: 'e'.repeat(20) + 'f'.repeat(20),
  TURN_SECRET: 'g'.repeat(20) + 'h'.repeat(20),
};
/** The least that an operator has to set. */
const LEAST = {
  clientBaseUrl: 'https://visits.example.org',
  secrets: { existingSecret: 'televisit' },
};
/** Everything that is off by default. */
const ALL = {
  ...LEAST,
  secrets: { create: SECRETS },
  config: { RETENTION_DAYS: '365' },
  media: { announcedAddresses: { 'node-a': '203.0.113.7' }, persistence: { enabled: true } },
  api: { autoscaling: { enabled: true } },
  turn: { urls: ['turn:turn.example.org:3478?transport=udp'] },
  recordings: { existingClaim: 'recordings' },
  ingress: { enabled: true, className: 'haproxy', annotations: { a: 'b' } },
  gateway: { enabled: true, parentRefs: [{ name: 'public' }] },
  metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
  grafana: { dashboard: { enabled: true } },
  networkPolicy: { enabled: true },
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca/ca.crt' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca' }],
};
const VARIANTS: Readonly<Record<string, readonly (string | object)[]>> = {
  'the least values': [LEAST],
  'all features': [ALL],
  'values-small.yaml': ['values-small.yaml'],
  'values-hardened.yaml': ['values-hardened.yaml'],
};
const PLACE: Place = {
  fields: {
    'metadata.name': 'visits-televisit-media-0',
    'status.podIP': '10.1.2.3',
    'status.hostIP': '203.0.113.9',
    'spec.nodeName': 'node-a',
  },
  secrets: {
    televisit: SECRETS,
    'visits-mongo': { 'connectionString.standard': SECRETS.MONGO_URI },
    'televisit-metrics': { token: 'i'.repeat(20) + 'j'.repeat(20) },
  },
};
/** What the chart tells a pod about itself; the other variables are settings. */
const OF_THE_POD = ['POD_NAME', 'POD_IP', 'HOST_IP', 'NODE_NAME'];

const settings = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name!);
interface Properties {
  readonly properties: Readonly<Record<string, Properties>>;
}

const schema = JSON.parse(read('deploy/helm/televisit/values.schema.json')) as Properties;
const configNames = Object.keys(schema.properties.config!.properties);
const secretNames = Object.keys(schema.properties.secrets!.properties.create!.properties);
const without = (name: string) => Object.fromEntries(Object.entries(SECRETS).filter(([own]) => own !== name));
const workloadsOf = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
const find = (manifests: readonly Manifest[], kind: string, end = '') =>
  manifests.find((one) => one.kind === kind && one.metadata.name === `visits-televisit${end}`);
const renderedManifests = (...values: readonly (string | object)[]) => manifestsOf(rendered(values));

const skipped = !helmAvailable('the Helm chart');

describe.skipIf(skipped).each(Object.entries(VARIANTS))('the chart with %s', (_, values) => {
  it('passes helm lint --strict', () => {
    expect(helm(['lint', '--strict', '--kube-version', '1.33.0'], values)).toContain('0 chart(s) failed');
  });

  it.skipIf(!schemasAvailable('the manifests of the Helm chart')).each(KUBERNETES)(
    'renders objects that fit the schemas of Kubernetes %s',
    (version) => {
      const { valid, report } = validate(rendered(values, version), version);
      const custom = /WARN .* kind (HTTPRoute|ServiceMonitor|PrometheusRule) /;
      const lines = report.split('\n').filter((line) => line !== '' && !custom.test(line));
      expect(lines.filter((line) => !line.includes(' passed for resource '))).toEqual([]);
      expect(lines.length).toBeGreaterThan(7);
      expect(valid).toBe(true);
    },
  );

  it('gives containers only settings that the server knows, and a valid environment', () => {
    const manifests = renderedManifests(...values);
    for (const { spec } of workloadsOf(manifests)) {
      const [container] = spec.template.spec.containers;
      const environment = environmentOf(container, manifests, PLACE);
      const known = [...settings, ...OF_THE_POD, 'NODE_EXTRA_CA_CERTS'];
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
      const ofTheMachine = container.command ? { ANNOUNCED_ADDRESS: '203.0.113.7' } : {};
      const config = parseConfig({ ...environment, ...ofTheMachine });
      expect(config).toMatchObject({
        production: true,
        clientBaseUrl: LEAST.clientBaseUrl,
        dataDir: '/data',
      });
      expect(container.ports.find(({ name }) => name === 'http')?.containerPort).toBe(config.port);
      expect(container.ports.find(({ name }) => name === 'metrics')?.containerPort).toBe(config.metrics.port);
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
        config.shutdownDelaySeconds + config.drainSeconds + 15,
      );
    }
  });

  it('puts no secret into anything but a Secret', () => {
    const others = renderedManifests(...values).filter(({ kind }) => kind !== 'Secret');
    const text = JSON.stringify(others);
    for (const value of Object.values(SECRETS)) expect(text).not.toContain(value);
    const names = others.flatMap(({ data = {} }) => Object.keys(data));
    expect(names.filter((name) => secretNames.includes(name))).toEqual([]);
  });

  it('asks /startupz, /readyz and /livez, and needs no rights', () => {
    for (const { spec } of workloadsOf(renderedManifests(...values))) {
      const [container] = spec.template.spec.containers;
      expect(container.startupProbe.httpGet).toEqual({ path: '/startupz', port: 'http' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
      expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      const mounted = container.volumeMounts.map(({ name }) => name);
      const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
      const volumes = [...spec.template.spec.volumes.map(({ name }) => name), ...claims];
      expect(volumes.sort()).toEqual(mounted.sort());
    }
  });

  it('selects pods of the chart by every selector', () => {
    const manifests = renderedManifests(...values);
    const pods = workloadsOf(manifests).map(({ spec }) => spec.template.metadata.labels);
    const services = manifests.filter(({ kind }) => kind === 'Service');
    const selectsOne = (wanted: Readonly<Record<string, string>>, labels: typeof pods) =>
      labels.some((own) => Object.entries(wanted).every(([name, value]) => own[name] === value));
    for (const { spec } of services) expect(selectsOne(spec.selector, pods)).toBe(true);
    const selecting = ['StatefulSet', 'Deployment', 'PodDisruptionBudget', 'NetworkPolicy', 'ServiceMonitor'];
    for (const { kind, spec } of manifests.filter((one) => selecting.includes(one.kind))) {
      const { matchLabels: wanted = {} } = spec[kind === 'NetworkPolicy' ? 'podSelector' : 'selector'] as {
        matchLabels?: Record<string, string>;
      };
      expect(wanted).toMatchObject({ 'app.kubernetes.io/instance': 'visits' });
      const labels = kind === 'ServiceMonitor' ? services.map(({ metadata }) => metadata.labels) : pods;
      expect(selectsOne(wanted, labels)).toBe(true);
    }
  });
});

describe.skipIf(skipped)('the pods of the chart', () => {
  it('carry media at the address of their machine, and are reached at that of the pod', () => {
    const manifests = renderedManifests(LEAST);
    const [media] = find(manifests, 'StatefulSet', '-media')!.spec.template.spec.containers;
    expect(parseConfig(environmentOf(media, manifests, PLACE))).toMatchObject({
      sfuNodes: ['visits-televisit-media-0'],
      nodeUrl: 'http://10.1.2.3:3000',
      announcedAddresses: ['203.0.113.9'],
      workers: 2,
    });
    const [api] = find(manifests, 'Deployment', '-api')!.spec.template.spec.containers;
    expect(parseConfig(environmentOf(api, manifests, PLACE)).sfuNodes).toEqual([]);
  });

  it('publish a UDP and a TCP port per worker unless they use the network of the machine', () => {
    const portsWith = (hostNetwork: boolean, workers: number) => {
      const manifests = renderedManifests(LEAST, { media: { hostNetwork, workers } });
      const [{ name, ports }] = find(manifests, 'StatefulSet', '-media')!.spec.template.spec.containers;
      const published = ports.filter(({ hostPort }) => hostPort !== undefined);
      return [name, published.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`)];
    };
    expect(portsWith(true, 2)).toEqual(['server', ['40000/UDP', '40001/UDP']]);
    expect(portsWith(false, 1)).toEqual(['server-40000-1', ['40000/UDP', '40000/TCP']]);
    // Helm 3 would lose the TCP port of a second worker if it merged it into a container of the same name.
    const two = ['40000/UDP', '40000/TCP', '40001/UDP', '40001/TCP'];
    expect(portsWith(false, 2)).toEqual(['server-40000-2', two]);
  });

  it('start with the address of their own machine, or not at all', () => {
    const manifests = renderedManifests(ALL);
    const [{ command = [] }] = find(manifests, 'StatefulSet', '-media')!.spec.template.spec.containers;
    expect(find(manifests, 'ConfigMap', '-addresses')?.data).toEqual({ 'node-a': '203.0.113.7' });
    const folder = folderWith({
      'node-a': '203.0.113.7',
      'bin/node': '#!/bin/sh\necho "$ANNOUNCED_ADDRESS $*"\n',
    });
    const on = (machine: string) => {
      const [shell = '', option = '', script = ''] = command;
      return spawnSync(shell, [option, script.replace('/etc/televisit/addresses', folder)], {
        env: { PATH: `${folder}/bin:/usr/bin:/bin`, NODE_NAME: machine },
        encoding: 'utf8',
      });
    };
    expect(on('node-a')).toMatchObject({ status: 0, stdout: '203.0.113.7 server/src/main.ts\n' });
    expect(on('node-b').status).toBe(1);
    expect(on('node-b').stderr).toContain('media.announcedAddresses has no address of node-b');
  });

  it('restart if a setting, a secret of the chart or an announced address changes', () => {
    const annotationsWith = (values: object) =>
      workloadsOf(renderedManifests(ALL, values)).map(({ spec }) =>
        JSON.stringify(spec.template.metadata.annotations),
      );
    const changes = [
      { config: { RETENTION_DAYS: '30' } },
      { secrets: { create: { TURN_SECRET: 'another'.repeat(6) } } },
      { media: { announcedAddresses: { 'node-b': '203.0.113.8' } } },
    ];
    const seen = [{}, ...changes].flatMap((values) => [...new Set(annotationsWith(values))]);
    expect(new Set(seen).size).toBe(changes.length + 1);
  });

  it('are reached at the host and the path of clientBaseUrl', () => {
    const manifests = renderedManifests(ALL, { clientBaseUrl: 'https://clinic.example.org/visits' });
    expect(find(manifests, 'Ingress')?.spec).toMatchObject({
      tls: [{ hosts: ['clinic.example.org'] }],
      rules: [{ host: 'clinic.example.org', http: { paths: [{ path: '/visits', pathType: 'Prefix' }] } }],
    });
    expect(find(manifests, 'HTTPRoute')?.spec).toMatchObject({
      hostnames: ['clinic.example.org'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/visits' } }] }],
    });
  });
});

describe.skipIf(skipped)('the monitoring of the chart', () => {
  it('has the alerts and the dashboard of deploy/', () => {
    expect(read('deploy/helm/televisit/files/alerts.yml')).toBe(read('deploy/prometheus/alerts.yml'));
    expect(read('deploy/helm/televisit/files/dashboard.json')).toBe(read('deploy/grafana/televisit.json'));
    const manifests = renderedManifests(ALL);
    const alerts = parse(read('deploy/prometheus/alerts.yml')) as object;
    expect(find(manifests, 'PrometheusRule')?.spec).toEqual(alerts);
    const dashboard = find(manifests, 'ConfigMap', '-dashboard')?.data?.['televisit.json'] ?? '';
    expect(JSON.parse(dashboard)).toEqual(JSON.parse(read('deploy/grafana/televisit.json')));
  });

  it('scrapes with the token of the pods, as the job that the alerts look for', () => {
    const manifests = renderedManifests('values-hardened.yaml');
    expect(find(manifests, 'ServiceMonitor')?.spec).toMatchObject({
      endpoints: [
        {
          port: 'metrics',
          authorization: { credentials: { name: 'televisit-metrics', key: 'token' } },
          relabelings: [{ targetLabel: 'job', replacement: 'televisit' }],
        },
      ],
    });
    for (const { spec } of workloadsOf(manifests)) {
      const [container] = spec.template.spec.containers;
      const { metrics } = parseConfig(environmentOf(container, manifests, PLACE));
      expect(metrics).toEqual({ port: 9464, token: 'i'.repeat(20) + 'j'.repeat(20) });
    }
  });
});

describe.skipIf(skipped)('the chart refuses', () => {
  it.each<[string, object, RegExp]>([
    ['a misspelt value', { media: { replica: 3 } }, /'replica' not allowed/],
    ['a misspelt setting', { config: { RETENTION_DAY: '3' } }, /'RETENTION_DAY' not allowed/],
    ['a secret among the settings', { config: { TURN_SECRET: 'x' } }, /'TURN_SECRET' not allowed/],
    ['a setting that it makes itself', { config: { SFU_NODES: 'x' } }, /'SFU_NODES' not allowed/],
    ['an address with a slash at the end', { clientBaseUrl: 'https://a.example.org/' }, /clientBaseUrl/],
    ['no address', { clientBaseUrl: '' }, /clientBaseUrl is missing/],
    ['no secrets', { secrets: { existingSecret: '' } }, /INTERNAL_SECRET is missing: set secrets/],
    [
      'several pods without a database',
      { secrets: { existingSecret: '', create: without('MONGO_URI') } },
      /MONGO_URI is missing/,
    ],
    [
      'TURN servers without their secret',
      {
        secrets: { existingSecret: '', create: without('TURN_SECRET') },
        turn: { urls: ['turn:a'] },
      },
      /TURN_SECRET is missing/,
    ],
    [
      'recordings without a common place',
      { secrets: { existingSecret: '', create: SECRETS } },
      /set config\.RECORDINGS_S3_BUCKET or recordings\.existingClaim/,
    ],
    [
      'two places for recordings',
      { config: { RECORDINGS_S3_BUCKET: 'recordings' }, recordings: { existingClaim: 'recordings' } },
      /exclude each other/,
    ],
    [
      'too little time to stop',
      { shutdown: { drainSeconds: 120 } },
      /terminationGracePeriodSeconds is 60, but a pod takes up to 140 seconds/,
    ],
    ['a route without a gateway', { gateway: { enabled: true } }, /gateway\.parentRefs is missing/],
  ])('%s', (_, values, message) => {
    expect(() => rendered([LEAST, values])).toThrow(message);
  });
});

describe('deploy/helm/televisit', () => {
  it('the schema has every setting of .env.example that the chart does not make itself, as a secret or not', () => {
    const ofTheChart = [
      ...['NODE_ENV', 'PORT', 'CLIENT_BASE_URL', 'SFU_NODES', 'NODE_URL', 'SHUTDOWN_DELAY_SECONDS'],
      ...['DRAIN_SECONDS', 'DATA_DIR', 'RECORDINGS_DIR', 'METRICS_PORT', 'METRICS_TOKEN', 'TRUST_PROXY'],
      ...['ANNOUNCED_ADDRESS', 'RTC_PORT', 'WORKERS', 'TURN_URLS'],
    ];
    const known = [...configNames, ...secretNames, ...ofTheChart].sort();
    expect(known).toEqual([...settings].sort());
    expect(new Set(known).size).toBe(known.length);
    const secretive =
      /SECRET|PASSWORD|PRIVATE|API_KEY|ACCESS_KEY|RECORDING_KEY|CERTIFICATE|(AUTH|REFRESH)_TOKEN/;
    expect(configNames.filter((name) => secretive.test(name))).toEqual([]);
  });

  it('the chart has the version of the product', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<string, string>;
    expect(chart).toMatchObject({ appVersion: version, kubeVersion: `>=${KUBERNETES[0]}.0-0` });
  });
});
