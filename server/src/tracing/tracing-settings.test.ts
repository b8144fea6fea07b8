import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../config.ts';

const RECEIVER = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe('tracing of parseConfig', () => {
  it('is off without an endpoint, whatever else is set', () => {
    expect(parseConfig({ OTEL_SERVICE_NAME: 'clinic', OTEL_TRACES_SAMPLER: 'always_on' }).tracing).toBeNull();
  });

  it('reads the standard variables', () => {
    const { tracing } = parseConfig({
      ...RECEIVER,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%2Cb, x-tenant = clinic=1 ',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=production',
    });
    expect(tracing).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: { 'api-key': 'a,b', 'x-tenant': 'clinic=1' },
      sampler: 'parentbased_traceidratio',
      ratio: 0.1,
      serviceName: 'televisit',
      resource: { 'deployment.environment': 'production' },
    });
  });

  it.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address, such as http://collector:4318.',
    ],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'just-a-key' },
      'OTEL_EXPORTER_OTLP_HEADERS must be name=value, separated by commas, with special characters percent-encoded.',
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG must be 0 to 1.'],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'OTEL_TRACES_SAMPLER must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio.',
    ],
  ])('refuses %j', (change, problem) => {
    const parse = () => parseConfig({ ...RECEIVER, ...change });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(problem);
  });
});
