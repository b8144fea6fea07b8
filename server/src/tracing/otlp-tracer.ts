import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import { systemClock } from '../core/clock.ts';
import { currentRequestId, currentTraceparent } from '../core/request-context.ts';
import { withTimeout } from '../core/timing.ts';
import type { Span, SpanAttributes, SpanOptions, Tracer } from '../core/tracer.ts';
import type { TracingSettings } from './tracing-settings.ts';

export interface OtlpTracerOptions extends TracingSettings {
  /** Of this server. */
  readonly version: string;
  /** Of this process. */
  readonly instance: string;
  readonly logger: Logger;
}

/** How often spans are sent, in milliseconds. */
const DELAY_MS = 2_000;
/** How long one export may take, with its repetitions, and how long the shutdown waits for the last one. */
const EXPORT_TIMEOUT_MS = 10_000;
const FLUSH_MS = 1_500;
/** Spans beyond this that wait for an export are dropped: a receiver that is away costs memory of this size, and no more. */
const MAX_WAITING = 4096;

/** The version, trace, span and flags of W3C Trace Context, level 1. */
const TRACEPARENT = /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;
const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Sends spans to a receiver of OTLP over HTTP (OpenTelemetry), in the background. */
export class OtlpTracer implements Tracer {
  readonly enabled = true;
  readonly #provider: BasicTracerProvider;
  readonly #tracer: OtelTracer;

  constructor(options: OtlpTracerOptions) {
    const { url, headers, serviceName, version, instance, resource, logger } = options;
    const exporter = new OTLPTraceExporter({
      url,
      headers: { ...headers },
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        ...resource,
        'service.name': serviceName,
        'service.version': version,
        'service.instance.id': instance,
      }),
      sampler: samplerOf(options),
      spanProcessors: [
        new BatchSpanProcessor(reporting(exporter, logger), {
          scheduledDelayMillis: DELAY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
          maxQueueSize: MAX_WAITING,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('televisit', version);
  }

  start(name: string, { kind = 'internal', parent, attributes = {} }: SpanOptions = {}): Span {
    const requestId = currentRequestId();
    const all = requestId === undefined ? attributes : { ...attributes, 'televisit.request.id': requestId };
    const before = parent === undefined ? currentTraceparent() : (parent ?? undefined);
    const options = { kind: KINDS[kind], attributes: definedOf(all) };
    return new RunningSpan(this.#tracer.startSpan(name, options, contextOf(before)));
  }

  /** Sends the last spans, for a moment at most. Never rejects. */
  async close(): Promise<void> {
    const closing = this.#provider.shutdown().catch(() => undefined);
    await withTimeout(systemClock, FLUSH_MS, closing, () => undefined);
  }
}

class RunningSpan implements Span {
  readonly traceparent: string;
  readonly #span: OtelSpan;
  #ended = false;

  constructor(span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    this.#span = span;
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(definedOf(attributes));
  }

  fail(code: string): void {
    this.#span.setAttribute('error.type', code);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    if (!this.#ended) this.#span.end();
    this.#ended = true;
  }
}

function definedOf(attributes: SpanAttributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Returns the context of a span elsewhere; the root if the text names none. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '0', 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const [, isParentBased, name] = /^(parentbased_)?(.*)$/.exec(sampler) ?? [];
  const root =
    name === 'always_off'
      ? new AlwaysOffSampler()
      : name === 'traceidratio'
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler();
  return isParentBased === undefined ? root : new ParentBasedSampler({ root });
}

/** `ExportResultCode.SUCCESS`, from a package that is not imported for this alone. */
const EXPORTED = 0;

/** Returns an exporter that logs the first of consecutive failures. */
function reporting(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failed = false;
  return {
    export: (spans, onResult) =>
      exporter.export(spans, (result) => {
        const hasFailed = (result.code as number) !== EXPORTED;
        if (hasFailed && !failed) logger.warn({ err: result.error }, 'failed to export spans');
        if (!hasFailed && failed) logger.info('exporting spans works again');
        failed = hasFailed;
        onResult(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
