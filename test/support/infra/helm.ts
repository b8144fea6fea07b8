import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { temporaryFolder } from './temporary-folder.ts';

/** The chart of the product. */
export const CHART = join(import.meta.dirname, '../../../deploy/helm/televisit');
/** The oldest Kubernetes that the chart supports, and the newest one whose schemas the tests have. */
export const KUBERNETES = ['1.27', '1.37'] as const;

export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
  };
}

interface HttpProbe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env: readonly Variable[];
  readonly envFrom?: readonly {
    readonly configMapRef?: { readonly name: string };
    readonly secretRef?: { readonly name: string };
  }[];
  readonly ports: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly protocol?: string;
  }[];
  readonly startupProbe: HttpProbe;
  readonly readinessProbe: HttpProbe;
  readonly livenessProbe: HttpProbe;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec extends Readonly<Record<string, unknown>> {
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string }[];
  readonly terminationGracePeriodSeconds: number;
}

type Labels = Readonly<Record<string, string>>;

/** An object of Kubernetes, with what the tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: PodSpec;
    };
    readonly selector: Labels & { readonly matchLabels?: Labels };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

/** Returns whether the set-up found or built Helm; if not, reports which tests are skipped. */
export function helmAvailable(forWhat: string): boolean {
  const found = Boolean(process.env.HELM_BIN);
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs Helm, which the set-up builds with Go.`);
  return found;
}

/** Returns whether the set-up installed the schemas of Kubernetes; if not, reports which tests are skipped. */
export function schemasAvailable(forWhat: string): boolean {
  const found = Boolean(process.env.API_TOOLS_BIN);
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs schemas, which the set-up installs with Python.`);
  return found;
}

/** Runs Helm on the chart. @param values files or objects, of which later ones count more @throws {Error} with what it prints */
export function helm(command: readonly string[], values: readonly (string | object)[]): string {
  const files = values.map((one, index) => {
    if (typeof one === 'string') return join(CHART, one);
    const file = join(temporaryFolder(), `values-${index}.json`);
    writeFileSync(file, JSON.stringify(one));
    return file;
  });
  const args = [...command, CHART, ...files.flatMap((file) => ['--values', file])];
  const { status, stdout, stderr } = spawnSync(process.env.HELM_BIN ?? '', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout;
}

/** Renders the chart as the release `visits`. */
export function rendered(values: readonly (string | object)[], kubernetes: string = KUBERNETES[1]): string {
  const options = ['--namespace', 'clinic', '--kube-version', `${kubernetes}.0`];
  return helm(['template', 'visits', ...options], values);
}

/** Returns the objects of a rendered chart. */
export function manifestsOf(text: string): Manifest[] {
  const documents = parseAllDocuments(text);
  if ('empty' in documents) return [];
  const problem = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])[0];
  if (problem) throw problem;
  return documents.map((document) => document.toJS() as Manifest | null).filter((one) => one !== null);
}

/**
 * Checks built-in objects against the schemas of a version of Kubernetes; unknown properties are refused.
 * @returns what was found, a line for each object
 */
export function validate(text: string, kubernetes: string): { valid: boolean; report: string } {
  const file = join(temporaryFolder(), 'manifests.yaml');
  writeFileSync(file, text);
  const program = join(process.env.API_TOOLS_BIN ?? '', 'kubernetes-validate');
  const args = ['--strict', '--kubernetes-version', kubernetes, file];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { valid: status === 0, report: stdout + stderr };
}

/** The machine and the Secrets that a pod is imagined to have. */
export interface Place {
  readonly fields: Readonly<Record<string, string>>;
  /** The content of Secrets by name. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What counts instead of variables of the container, before others refer to it. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** Returns the environment that Kubernetes gives to a container: `envFrom`, then `env` with references to earlier variables. */
export function environmentOf(
  container: Container,
  manifests: readonly Manifest[],
  { fields, secrets, instead = {} }: Place,
): Record<string, string> {
  const environment: Record<string, string> = {};
  const secretOf = (name: string) =>
    secrets[name] ?? manifests.find((one) => one.kind === 'Secret' && one.metadata.name === name)?.stringData;
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name,
    );
    Object.assign(environment, map?.data, secretRef && secretOf(secretRef.name));
  }
  for (const { name, value, valueFrom } of container.env) {
    const { fieldRef, secretKeyRef } = valueFrom ?? {};
    const given = fieldRef
      ? fields[fieldRef.fieldPath]
      : secretKeyRef
        ? secretOf(secretKeyRef.name)?.[secretKeyRef.key]
        : value?.replaceAll(/\$\((\w+)\)/g, (reference, other: string) => environment[other] ?? reference);
    const own = instead[name] ?? given;
    if (own === undefined) throw new Error(`${name} has no value.`);
    environment[name] = own;
  }
  return { ...environment, ...instead };
}
