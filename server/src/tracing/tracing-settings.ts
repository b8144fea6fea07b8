import { z } from 'zod';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Where spans are sent, and which. */
export interface TracingSettings {
  /** The receiver of OTLP over HTTP, with the path of traces. */
  readonly url: string;
  /** Sent with every export, such as an API key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: (typeof SAMPLERS)[number];
  /** The share of traces of the samplers by ratio, 0 to 1. */
  readonly ratio: number;
  readonly serviceName: string;
  readonly resource: Readonly<Record<string, string>>;
}

const SIGNAL_PATH = '/v1/traces';

/** `name=value` separated by commas, values percent-encoded (W3C Baggage, as OpenTelemetry specifies). */
const pairs = (name: string) =>
  z
    .string()
    .default('')
    .transform((text) => parsePairs(text))
    .refine((parsed) => parsed !== null, {
      message: `${name} must be name=value, separated by commas, with special characters percent-encoded`,
    });

const endpoint = (name: string) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      message: `${name} must be an http or https address, such as http://collector:4318`,
    })
    .optional();

/** The standard variables of OpenTelemetry that this server knows. */
export const TRACING_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint('OTEL_EXPORTER_OTLP_ENDPOINT'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs('OTEL_EXPORTER_OTLP_HEADERS'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, { error: `OTEL_TRACES_SAMPLER must be one of ${SAMPLERS.join(', ')}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'OTEL_TRACES_SAMPLER_ARG must be a number' })
    .min(0, 'OTEL_TRACES_SAMPLER_ARG must be 0 to 1')
    .max(1, 'OTEL_TRACES_SAMPLER_ARG must be 0 to 1')
    .default(1),
  OTEL_SERVICE_NAME: z.string().default('televisit'),
  OTEL_RESOURCE_ATTRIBUTES: pairs('OTEL_RESOURCE_ATTRIBUTES'),
};

type Variables = z.output<z.ZodObject<typeof TRACING_VARIABLES>>;

/** Returns where spans are sent; null if they are not recorded. */
export function tracingSettings(env: Variables): TracingSettings | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base } = env;
  if (base === undefined) return null;
  return {
    url: base.replace(/\/$/, '') + SIGNAL_PATH,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
    sampler: env.OTEL_TRACES_SAMPLER,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
    serviceName: env.OTEL_SERVICE_NAME,
    resource: env.OTEL_RESOURCE_ATTRIBUTES,
  };
}

function parsePairs(text: string): Record<string, string> | null {
  const items = text.split(',').filter((item) => item.trim() !== '');
  const parsed: [string, string][] = [];
  for (const item of items) {
    const [, name, value] = /^\s*([\w.!#$%&'*+^`|~-]+)\s*=\s*(.*?)\s*$/.exec(item) ?? [];
    if (name === undefined || value === undefined) return null;
    try {
      parsed.push([name, decodeURIComponent(value)]);
    } catch {
      return null;
    }
  }
  return Object.fromEntries(parsed);
}
