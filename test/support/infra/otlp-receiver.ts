import { onTestFinished } from 'vitest';
import { DoubleServer } from './double-server.ts';

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number };
}
interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** A span as it was received. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Receives spans as OTLP over HTTP, with JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** The requests as they were sent, for what must not be in them. */
  readonly bodies: string[] = [];
  readonly headers: Readonly<Record<string, string | undefined>>[] = [];
  #server: DoubleServer | undefined;

  /** Closed after the test. */
  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    const server = await DoubleServer.start(({ method, path, headers, rawBody }) => {
      if (method !== 'POST' || path !== '/v1/traces') return { status: 404 };
      receiver.headers.push(headers);
      receiver.#receive(rawBody.toString());
      return { status: 200, body: {} };
    });
    receiver.#server = server;
    onTestFinished(() => server.close());
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  named(name: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Returns the spans of a trace as lines, each indented below the one that it continues, in alphabetical order. */
  treeOf(traceId: string): string[] {
    const all = this.spans.filter((span) => span.traceId === traceId);
    const ids = new Set(all.map(({ spanId }) => spanId));
    const below = (parent: string | null, depth: number): string[] =>
      all
        .filter(({ parentSpanId }) =>
          parent === null ? !ids.has(parentSpanId ?? '') : parentSpanId === parent,
        )
        .sort((one, other) => one.name.localeCompare(other.name))
        .flatMap(({ name, spanId }) => ['  '.repeat(depth) + name, ...below(spanId, depth + 1)]);
    return below(null, 0);
  }

  #receive(body: string): void {
    this.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as WireRequest).resourceSpans) {
      for (const { spans } of scopeSpans) {
        for (const { name, traceId, spanId, parentSpanId, attributes = [], status } of spans) {
          this.spans.push({
            name,
            traceId,
            spanId,
            parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
            failed: status?.code === 2,
            attributes: valuesOf(attributes),
            resource: valuesOf(resource.attributes),
          });
        }
      }
    }
  }
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));
}
